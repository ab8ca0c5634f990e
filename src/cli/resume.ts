/** `resume`: closes the circuit breaker of a running daemon, with who and why on record. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { z } from 'zod';
import { plainText } from '../lib/text.ts';
import { askDaemon, daemonUrl, jsonOf, urlOption } from './daemon-url.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

interface Flags {
  readonly url?: string;
  readonly reason: string;
  readonly by?: string;
}

const answerSchema = z.looseObject({ resumed: z.boolean() });

async function resume(io: CliIo, flags: Flags): Promise<void> {
  const body = { by: flags.by ?? userInfo().username, reason: flags.reason };
  const url = await daemonUrl(io, flags.url);
  const answer = await askDaemon(io, url, '/operator/resume', { body });
  if (answer === undefined) return;
  const parsed = answerSchema.safeParse(jsonOf(answer));
  if (!answer.ok || !parsed.success) {
    io.err(lines(`error: ${url} refused: ${plainText(answer.text)}`));
    io.exit(EXIT.failed);
    return;
  }
  const told = parsed.data.resumed
    ? 'The circuit breaker is closed: deployments that do harm are stopped again.'
    : 'The circuit breaker was not open; nothing was changed.';
  io.out(lines(told));
}

export function resumeCommand(io: CliIo): Command {
  return new Command('resume')
    .description('close the tripped circuit breaker of a running daemon')
    .requiredOption('--reason <text>', 'why; it goes on record')
    .option('--by <name>', 'who; default: the user of this machine')
    .addOption(urlOption('where the daemon listens; only a loopback address is accepted there'))
    .addHelpText(
      'after',
      '\nExample:\n  appconfig-watchdog resume --reason "metrics store was broken, INC-42"\n\nExit codes: 0, or 1 without an answer.',
    )
    .action((flags: Flags) => resume(io, flags));
}
