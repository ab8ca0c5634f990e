/** `iam-policy`: prints the least privilege a policy file needs. */
import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { permissionsFor } from './permissions.ts';
import { requirePolicyFile } from './policy-file.ts';

interface Flags {
  readonly config: string;
  readonly account?: readonly string[];
  readonly json?: true;
}

function accounts(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('expected a 12-digit account id.');
  return [...before, text];
}

/** Documents go to stdout one after the other; whose they are, and the notes, to stderr. */
function print(io: CliIo, flags: Flags): void {
  const config = requirePolicyFile(io, flags.config);
  if (config === undefined) return;
  const { grants, notes } = permissionsFor(config, flags.account ?? []);
  if (flags.json) io.out(lines(JSON.stringify({ grants, notes }, null, 2)));
  for (const { role, document } of flags.json ? [] : grants) {
    io.err(lines(`# for ${role === undefined ? 'the credentials the daemon runs with' : `the role ${role}`}:`));
    io.out(lines(JSON.stringify(document, null, 2)));
  }
  if (!flags.json) io.err(lines(...notes.map((note) => `# ${note}`)));
  io.exit(EXIT.ok);
}

const HELP = `
Examples:
  appconfig-watchdog iam-policy --config config/watchdog.yaml --account 111122223333 > policy.json
  appconfig-watchdog iam-policy --config config/watchdog.yaml --json

Exit codes: 0 printed, 2 the file or the call is wrong.`;

export function iamPolicyCommand(io: CliIo): Command {
  return new Command('iam-policy')
    .description('print the IAM policies exactly this policy file needs, least privilege')
    .requiredOption('--config <file>', 'the policy file')
    .option('--account <id>', 'account of the targets whose account the file does not say; may be repeated', accounts)
    .option('--json', 'print all documents, with whose they are and notes, as one JSON value')
    .addHelpText('after', HELP)
    .action((flags: Flags) => print(io, flags));
}
