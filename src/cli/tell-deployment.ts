/** `hold DEPLOYMENT` and `release DEPLOYMENT`: what a person tells a running daemon about one deployment. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { z } from 'zod';
import { plainText } from '../lib/text.ts';
import { askDaemon, daemonUrl, jsonOf, urlOption } from './daemon-url.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

export interface TellFlags {
  readonly url?: string;
  readonly reason: string;
  readonly by?: string;
}

const doneSchema = z.looseObject({ changed: z.boolean(), deployment: z.string(), because: z.array(z.string()) });
const refusedSchema = z.looseObject({
  because: z.array(z.string()),
  candidates: z.array(z.string()).optional(),
});

/** Tells the daemon, prints what it answers, and sets the exit code. */
export async function tellDaemon(
  io: CliIo,
  verb: 'stop' | 'hold' | 'release',
  deployment: string,
  flags: TellFlags,
): Promise<void> {
  const body = { deployment, by: flags.by ?? userInfo().username, reason: flags.reason };
  const url = await daemonUrl(io, flags.url);
  const answer = await askDaemon(io, url, `/operator/${verb}`, { body });
  if (answer === undefined) return;
  const done = doneSchema.safeParse(jsonOf(answer));
  if (answer.ok && done.success) {
    io.out(lines(plainText(`${done.data.deployment}: ${done.data.because.join('; ')}`, 1_000)));
    return;
  }
  const refused = refusedSchema.safeParse(jsonOf(answer));
  const because = refused.success ? refused.data.because.join('; ') : answer.text;
  const candidates = refused.success ? (refused.data.candidates ?? []) : [];
  const list = candidates.length === 0 ? [] : ['under watch:', ...candidates.map((one) => `  ${plainText(one)}`)];
  io.err(lines(`error: ${url} refused: ${plainText(because, 1_000)}`, ...list));
  io.exit(answer.status === 404 || answer.status === 409 ? EXIT.notFound : EXIT.failed);
}

const ABOUT = {
  hold: 'keep policies from stopping a deployment, until it is released',
  release: 'end the hold of a deployment: policies stop it again',
} as const;

export function tellCommand(io: CliIo, verb: keyof typeof ABOUT): Command {
  return new Command(verb)
    .description(ABOUT[verb])
    .argument('<deployment>', '[target:]application/environment/number, by names or ids')
    .requiredOption('--reason <text>', 'why; it goes on record')
    .option('--by <name>', 'who; default: the user of this machine')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
The daemon takes it from a program on its own machine (or in its pod); from elsewhere, or with http.token in its policy
file, it wants the token: put it into APPCONFIG_WATCHDOG_TOKEN.

Example:
  appconfig-watchdog ${verb} checkout/prod/12 --reason "known noise during the migration, INC-42"

Exit codes: 0 it is so now, 1 no answer or refused, 3 no such deployment is under watch, or more than one.`,
    )
    .action((deployment: string, flags: TellFlags) => tellDaemon(io, verb, deployment, flags));
}
