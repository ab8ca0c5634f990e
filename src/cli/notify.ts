/** `notify test`: sends one notice to a notifier of the policy file and says what came back. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { Clock } from '../lib/clock.ts';
import { plainText } from '../lib/text.ts';
import { choice } from '../policy/suggest.ts';
import { type Entry, tryNotifier } from '../service/telling.ts';
import { testNotice } from '../tell/teller.ts';
import { defaultConfig } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { requirePolicyFile } from './policy-file.ts';

interface Flags {
  readonly config: string;
  readonly to?: readonly string[];
}

/** The notifiers that are asked for; undefined after it was said that there is no such one. */
function chosen(io: CliIo, all: Readonly<Record<string, Entry>>, flags: Flags): readonly (readonly [string, Entry])[] {
  const known = Object.keys(all);
  const unknown = (flags.to ?? []).find((name) => !known.includes(name));
  if (known.length === 0 || unknown !== undefined) {
    const expected = known.length === 0 ? 'notifiers in the policy file' : choice(unknown ?? '', known);
    io.err(lines(`error: expected ${expected}, found ${plainText(unknown ?? 'none')}`));
    io.exit(EXIT.usage);
    return [];
  }
  return Object.entries(all).filter(([name]) => flags.to === undefined || flags.to.includes(name));
}

async function test(io: CliIo, clock: Clock, flags: Flags): Promise<void> {
  const config = requirePolicyFile(io, flags.config);
  const wanted = config === undefined ? [] : chosen(io, config.notifiers, flags);
  if (wanted.length === 0) return;
  const notice = testNotice(clock.now(), userInfo().username);
  let failed = 0;
  for (const [name, entry] of wanted) {
    const { duration, failure } = await tryNotifier(entry, notice, clock);
    if (failure === undefined) io.out(lines(`ok    ${name} (${entry.kind}) took it in ${duration} ms`));
    else {
      failed++;
      const again = failure.retryable ? 'would be tried again' : 'would not be tried again';
      io.out(lines(`fail  ${name} (${entry.kind}): ${failure.message} (${failure.reason}, ${again})`));
    }
  }
  io.exit(failed === 0 ? EXIT.ok : EXIT.failed);
}

const HELP = `
A pager is opened and closed again at once, so that nobody stays paged.

Examples:
  appconfig-watchdog notify test --config watchdog.yaml
  appconfig-watchdog notify test --to slack-oncall --to pager --config watchdog.yaml

Exit codes: 0 all took it, 1 one did not, 2 the file or the call is wrong.`;

export function notifyCommand(io: CliIo, clock: Clock): Command {
  const collect = (name: string, before: readonly string[] = []) => [...before, name];
  const testing = new Command('test')
    .description('send a notice to the notifiers of a policy file, and say what came back')
    .option('--to <name>', 'only this one; may be repeated', collect)
    .option('--config <file>', 'the policy file', defaultConfig(io))
    .addHelpText('after', HELP)
    .action((flags: Flags) => test(io, clock, flags));
  return new Command('notify').description('tell people, to see whether they can be reached').addCommand(testing);
}
