/** `health`: asks a running daemon whether it makes progress; made for a container's HEALTHCHECK. */
import { Command } from 'commander';
import { askDaemon, DEFAULT_URL } from './daemon-url.ts';
import { EXIT } from './exit-codes.ts';
import type { CliIo } from './io.ts';

async function health(io: CliIo, url: string): Promise<void> {
  const answer = await askDaemon(io, url, '/healthz');
  if (answer === undefined) return;
  io.out(`${answer.text.trimEnd()}\n`);
  if (!answer.ok) io.exit(EXIT.failed);
}

export function healthCommand(io: CliIo): Command {
  return new Command('health')
    .description('exit 0 when the running daemon makes progress, 1 when not')
    .option('--url <url>', 'where the daemon listens', DEFAULT_URL)
    .addHelpText(
      'after',
      '\nExample:\n  HEALTHCHECK CMD ["appconfig-watchdog", "health"]\n\nExit codes: 0 healthy, 1 not.',
    )
    .action((flags: { readonly url: string }) => health(io, flags.url));
}
