/** `replay`: decides the deployments of a journal again, as they were or under another policy. */
import { Command } from 'commander';
import { SHARED_KINDS, type WatchRecord, watchRecords } from '../backtest/record.ts';
import type { JournalReader } from '../journal/read.ts';
import type { Config } from '../policy/schema.ts';
import { findDeployment, notFoundText } from './deployment-argument.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { withJournal } from './journal-argument.ts';
import { requirePolicyFile } from './policy-file.ts';
import { decideAgain } from './replay-decide.ts';
import { jsonOf, textOf } from './replay-text.ts';

interface Flags {
  readonly journal?: string;
  readonly policy?: string;
  readonly deployment?: string;
  readonly json?: true;
}

function keysOf(io: CliIo, journal: JournalReader, argument: string | undefined): readonly string[] | undefined {
  if (argument === undefined) return journal.deployments();
  const found = findDeployment(journal, argument);
  if (found.kind === 'found') return [found.key];
  io.err(lines(`error: ${notFoundText(argument, found)}`));
  io.exit(EXIT.notFound);
  return undefined;
}

function recordsOf(journal: JournalReader, key: string): readonly WatchRecord[] {
  const read = (filter: Parameters<JournalReader['events']>[0]) =>
    [...journal.events(filter)].flatMap(({ event, seq }) => (event === undefined ? [] : [{ event, seq }]));
  const both = [...read({ deployment: key }), ...read({ kinds: SHARED_KINDS })].sort((a, b) => a.seq - b.seq);
  const first = both.findIndex(({ event }) => 'watch' in event);
  // What was before its discovery counts only for the state of the circuit it was discovered under.
  return watchRecords(
    both.filter(({ event }, index) => index >= first || event.kind.startsWith('circuit')).map(({ event }) => event),
    key,
  );
}

function decideAll(io: CliIo, journal: JournalReader, flags: Flags, config: Config | undefined): void {
  const keys = keysOf(io, journal, flags.deployment);
  if (keys === undefined) return;
  const all = keys.flatMap((key) => recordsOf(journal, key)).map((record) => decideAgain(record, config));
  const different = all.filter(({ comparison }) => !comparison.same).length;
  io.exit(different === 0 ? EXIT.ok : EXIT.failed);
  const total = `${all.length} watches decided again, ${different} differently.`;
  if (flags.json) io.out(lines(JSON.stringify({ watches: all.length, different, replayed: all.map(jsonOf) })));
  else io.out(lines(...all.flatMap((one) => [...textOf(one), '']), total));
}

const HELP = `
Where the record has no new verdict, every look is taken to have said what the one before said. What a deployment
would have done after a stop that was never made is not known: a replay ends where it parts from the record.

Examples:
  appconfig-watchdog replay /var/lib/watchdog/journal.db
  appconfig-watchdog replay /var/lib/watchdog/journal.db --policy new.yaml --deployment checkout/prod/12

Exit codes: 0 decided as recorded, 1 something is decided differently or the journal is unreadable,
2 no journal named or a policy file is wrong, 3 no such file or deployment.`;

export function replayCommand(io: CliIo): Command {
  return new Command('replay')
    .description('decide the deployments of a journal again, as they were or under another policy')
    .argument('[journal]', 'journal file')
    .option('--journal <file>', 'journal file')
    .option('--policy <file>', 'policy file to decide by')
    .option('--deployment <deployment>', 'only APPLICATION/ENVIRONMENT/NUMBER, by names or ids')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action((file: string | undefined, flags: Flags) => {
      const config = flags.policy === undefined ? undefined : requirePolicyFile(io, flags.policy);
      if (flags.policy !== undefined && config === undefined) return;
      const journal = file ?? flags.journal;
      withJournal(io, journal === undefined ? {} : { journal }, (reader) => decideAll(io, reader, flags, config));
    });
}
