/** `health`: asks a running daemon whether it makes progress; made for a container's HEALTHCHECK. */
import { Command } from 'commander';
import { askDaemon, daemonUrl, urlOption } from './daemon-url.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

async function health(io: CliIo, url: string | undefined): Promise<void> {
  const answer = await askDaemon(io, await daemonUrl(io, url), '/healthz');
  if (answer === undefined) return;
  io.out(lines(answer.text.trimEnd()));
  if (!answer.ok) io.exit(EXIT.failed);
}

export function healthCommand(io: CliIo): Command {
  return new Command('health')
    .description('exit 0 when the running daemon makes progress, 1 when not')
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExample:\n  HEALTHCHECK CMD ["appconfig-watchdog", "health"]\n\nExit codes: 0 healthy, 1 not.',
    )
    .action((flags: { readonly url?: string }) => health(io, flags.url));
}
