/** `journal verify`: checks that no record of the journal was altered, removed, inserted or moved. */
import { Command } from 'commander';
import { counted } from '../lib/text.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { type JournalFlags, withJournal } from './journal-argument.ts';

interface Flags extends JournalFlags {
  readonly head?: string;
  readonly json?: true;
}

function verify(io: CliIo, file: string | undefined, flags: Flags): void {
  withJournal(io, file === undefined ? flags : { journal: file }, (journal, path) => {
    const result = journal.verify(flags.head);
    if (!result.ok) io.exit(EXIT.failed);
    if (flags.json) return io.out(lines(JSON.stringify({ file: path, ...result })));
    if (!result.ok) return io.out(lines(`${path}: NOT SOUND at record ${result.at}: ${result.because}`));
    const note =
      flags.head === undefined
        ? 'Records cut off at the end cannot be seen without a head noted before: note this one, and give it as --head next time.'
        : 'The noted head is part of it: nothing written before was cut off.';
    io.out(lines(`${path}: sound, ${counted(result.records, 'record')}`, `head ${result.head}`, note));
  });
}

export function journalCommand(io: CliIo): Command {
  const command = new Command('journal').description('look after the record of what was seen and done');
  command
    .command('verify')
    .description('check the chain of hashes over all records')
    .argument('[file]', 'journal file')
    .option('--config <file>', 'policy file that names the journal')
    .option('--head <hash>', 'a head that an earlier verify printed: shows whether records were cut off since')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nExample:\n  appconfig-watchdog journal verify /var/lib/watchdog/journal.db\n\n' +
        'Exit codes: 0 sound, 1 not sound or unreadable, 2 no journal named, 3 no such file.',
    )
    .action((file: string | undefined, flags: Flags) => verify(io, file, flags));
  return command;
}
