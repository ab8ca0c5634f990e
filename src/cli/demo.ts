/** `demo`: watch the watchdog at work, without an AWS account. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { startDemo } from '../demo/demo.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { firstEndSignal } from './signals.ts';
import { speedOf } from './speed.ts';

export interface DemoDeps {
  readonly io: CliIo;
  readonly version: string;
  readonly isTerminal: boolean;
  /** The process's own environment, which the SDK reads. */
  readonly env: Record<string, string | undefined>;
}

interface Flags {
  readonly keep?: true;
  readonly speed: number;
}

const POLICY_FILE = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));

const INTRODUCTION = `
A make-believe AWS runs on this machine, its clock SPEED times as fast as yours. A shop sends its metrics there, and
the watchdog watches the deployments of the shop's feature flags with config/demo.yaml.`;

function whereToLook(journal: string): readonly string[] {
  return [
    '',
    'Where to look next:',
    `  npx node src/main.ts explain checkout/prod/2 --journal ${journal}`,
    `  npx node src/main.ts journal verify ${journal}`,
    '  config/demo.yaml     the policy that decided',
    '  docs/policy.md       every key of it',
    '  npm run demo -- --keep   the same, left running for you to try things on',
  ];
}

async function demo({ io, version, isTerminal, env }: DemoDeps, flags: Flags): Promise<void> {
  const say = (text: string) => io.out(lines(text));
  const journal = join(mkdtempSync(join(tmpdir(), 'appconfig-watchdog-demo-')), 'journal.sqlite');
  say(INTRODUCTION.replace('SPEED', String(flags.speed)));
  const colour = isTerminal && env.NO_COLOR === undefined;
  await using playing = await startDemo({
    policyFile: POLICY_FILE,
    journal,
    speed: flags.speed,
    version,
    colour,
    env,
    say,
  });
  const wrong = await playing.play();
  if (wrong !== undefined) {
    io.err(lines(`The demo did not go as it should: ${wrong}.`));
    io.exit(EXIT.failed);
    return;
  }
  io.out(lines(...whereToLook(journal)));
  if (flags.keep !== true) return;
  say(`\nStill running. AWS is ${playing.sandbox.url}, the daemon ${playing.service.url}; Ctrl-C ends it.`);
  say(`  AWS_ENDPOINT_URL=${playing.sandbox.url} AWS_REGION=eu-west-1 aws appconfig list-applications`);
  await firstEndSignal();
}

export function demoCommand(deps: DemoDeps): Command {
  return new Command('demo')
    .description('watch a good deployment go through and a bad one being stopped, on a local sandbox')
    .option('--keep', 'leave it running at the end')
    .option('--speed <times>', 'how many times faster than yours its clock runs', speedOf, 30)
    .addHelpText(
      'after',
      '\nExample:\n  appconfig-watchdog demo --keep\n\nExit codes: 0 all as it should be, 1 not so.',
    )
    .action((flags: Flags) => demo(deps, flags));
}
