/** `backtest`: what a policy would have done to the deployments of the past. */
import { Command } from 'commander';
import { type Backtest, backtest, looksBy } from '../backtest/backtest.ts';
import { page } from '../backtest/page.ts';
import type { Label } from '../backtest/score.ts';
import { deploymentTitle } from '../core/deployment.ts';
import { iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';
import { labelsOf } from './backtest-labels.ts';
import { effectsOption, lagOption, sinceOption, wholeFrom } from './backtest-options.ts';
import { type BacktestDeps, endingWell, FREE, type PastFlags, pastOf, read, saveTo, write } from './backtest-past.ts';
import { jsonOf, textOf } from './backtest-text.ts';
import { Ended } from './ended.ts';
import { defaultConfig } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { requirePolicyFile } from './policy-file.ts';

interface Flags extends PastFlags {
  readonly policy: string;
  readonly labels?: string;
  readonly save?: string;
  readonly html?: string;
  readonly json?: true;
  readonly placebos: number;
  readonly effects: readonly number[];
  readonly seed: number;
}

function readLabels(io: CliIo, path: string | undefined): ReadonlyMap<string, Label> {
  if (path === undefined) return new Map();
  const labels = labelsOf(path, read(io, path));
  if (typeof labels === 'string') throw new Ended(EXIT.usage, labels);
  return labels;
}

function report({ io, clock }: BacktestDeps, flags: Flags, result: Backtest): void {
  if (flags.html !== undefined) {
    const where =
      flags.data === undefined ? `since ${iso(clock.now() - flags.since).slice(0, 16)} UTC` : `from ${flags.data}`;
    const about = `Policy file ${flags.policy}, deployments ${where}, judged by the daemon's own code.`;
    write(flags.html, page({ title: 'Backtest of a rollback policy', about, ...result }));
    io.err(lines(`report written to ${plainText(flags.html)}`));
  }
  io.out(flags.json ? jsonOf(result) : textOf(result));
}

async function run(deps: BacktestDeps, flags: Flags): Promise<void> {
  const { io } = deps;
  const config = requirePolicyFile(io, flags.policy);
  if (config === undefined) return;
  using looks = looksBy(config, flags.lag);
  const labels = readLabels(io, flags.labels);
  const past = await pastOf(deps, flags, config, looks, flags.placebos > 0 ? 'both' : 'deployments');
  if (flags.save !== undefined) saveTo(flags.save, past);
  const titles = new Set(past.cases.map(({ deployment }) => deploymentTitle(deployment)));
  const unused = [...labels.keys()].filter((title) => !titles.has(title));
  if (unused.length > 0) io.err(lines(`labels of deployments that are not here: ${plainText(unused.join(', '), 500)}`));
  const { placebos, effects, seed } = flags;
  const onProgress = (text: string) => io.err(lines(plainText(text)));
  const options = { labels, placebos, effects, seed, onProgress, signal: new AbortController().signal };
  report(deps, flags, await backtest(past, looks, options));
}

const HELP = `
CloudWatch keeps minutes for 15 days and periods of 5 minutes for 63: what is older is judged in the coarser period,
and that is told. What it costs is told before it is asked; above ${FREE} metrics it takes --yes.

Examples:
  appconfig-watchdog backtest --policy watchdog.yaml --since 14d --html report.html
  appconfig-watchdog backtest --policy new.yaml --data past --labels labels.yaml
  appconfig-watchdog backtest --policy new.yaml --since 14d --placebos 200 --effects 2,5

Exit codes: 0 done, 1 AWS could not be asked, a file not be written, or it takes --yes, 2 a file or the call is wrong,
3 no deployment or no such file.`;

export function backtestCommand(deps: BacktestDeps): Command {
  return new Command('backtest')
    .description('tell what a policy would have done to the deployments of the past')
    .option('--policy <file>', 'policy file to judge by', defaultConfig(deps.io))
    .addOption(sinceOption('deployments that began in this time', 30))
    .addOption(lagOption())
    .option('--deployment <deployment>', 'only APPLICATION/ENVIRONMENT/NUMBER, by names or ids')
    .option('--labels <file>', 'what they really were: lines such as "checkout/prod/12: bad"')
    .option('--html <file>', 'also write a report to look at')
    .option('--json', 'print one line of JSON')
    .option('--save <folder>', 'write what was asked, for --data')
    .option('--data <folder>', 'deployments.json, series.json and triggers.json instead of AWS')
    .option('--journal <file>', "the daemon's journal, for the alerts that came by hooks and queues")
    .option(
      '--placebos <count>',
      'place the schedule so many times where nothing was deployed',
      wholeFrom(0, 10_000),
      0,
    )
    .addOption(effectsOption('effects to inject into the placebos'))
    .option('--seed <number>', 'seed of placements and counts', wholeFrom(0, 4_294_967_295), 1)
    .option('--yes', 'ask, whatever it costs')
    .addHelpText('after', HELP)
    .action((flags: Flags) => endingWell(deps, () => run(deps, flags)));
}
