/** Appends to a journal and prints how many appends it has confirmed; run as a process of its own, to be killed. */
import { writeSync } from 'node:fs';
import { openJournal } from '../../src/journal/open.ts';

const [path = '', count = 'Infinity'] = process.argv.slice(2);
const journal = openJournal({
  path,
  retention: 86_400_000,
  now: () => Date.now(),
  onFailure: (failure, lost) => writeSync(2, `failed ${failure.message} lost ${lost}\n`),
  onRecovered: (lost) => writeSync(2, `recovered lost ${lost}\n`),
  retryEvery: 20,
});
const before = [...journal.events()].length;
for (let done = 1; done <= Number(count); done++) {
  journal.append({ kind: 'journal-recovered', at: Date.now(), lost: done });
  writeSync(1, `${before + done}\n`);
}
process.exit(0);
