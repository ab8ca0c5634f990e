/** `backtest`: what a policy would have done to the deployments of the past. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  askForPast,
  type Backtest,
  backtest,
  type Cost,
  type Looks,
  looksBy,
  type Past,
} from '../backtest/backtest.ts';
import { dataOf, loadData } from '../backtest/files.ts';
import { page } from '../backtest/page.ts';
import type { Label } from '../backtest/score.ts';
import { type Deployment, deploymentTitle } from '../core/deployment.ts';
import { FailureError } from '../core/failure.ts';
import { type Duration, iso } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import type { Clock } from '../lib/clock.ts';
import { parseDuration } from '../lib/schema.ts';
import { plainText } from '../lib/text.ts';
import type { Config, Target } from '../policy/schema.ts';
import { labelsOf } from './backtest-labels.ts';
import { jsonOf, textOf } from './backtest-text.ts';
import { defaultConfig } from './environment.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { requirePolicyFile } from './policy-file.ts';

export interface BacktestDeps {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly connect: (target: Target) => TargetAccess;
}

interface Flags {
  readonly policy: string;
  readonly since: Duration;
  readonly deployment?: string;
  readonly labels?: string;
  readonly data?: string;
  readonly save?: string;
  readonly html?: string;
  readonly json?: true;
  readonly yes?: true;
  readonly placebos: number;
  readonly effects: readonly number[];
  readonly seed: number;
}

/** What ends the command, told already. */
class Ended extends Error {
  readonly code: ExitCode;
  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Metrics that are asked for without a `--yes`: ten cents. */
const FREE = 10_000;
const METRIC_PRICE = 0.01 / 1_000;

function read(io: CliIo, path: string): string {
  try {
    return new TextDecoder().decode(io.readFile(path));
  } catch (error) {
    throw new Ended(EXIT.notFound, error instanceof Error ? error.message : String(error));
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Ended(EXIT.failed, error instanceof Error ? error.message : String(error));
  }
}

/** By names or ids, with or without the target. */
function namedBy(argument: string | undefined) {
  return ({ ref, application, environment }: Deployment): boolean => {
    if (argument === undefined) return true;
    const plain = [application.name, application.id].flatMap((app) =>
      [environment.name, environment.id].map((env) => `${app}/${env}/${ref.number}`),
    );
    return plain.some((one) => argument === one || argument === `${ref.target}:${one}`);
  };
}

function readLabels(io: CliIo, path: string | undefined): ReadonlyMap<string, Label> {
  if (path === undefined) return new Map();
  const labels = labelsOf(path, read(io, path));
  if (typeof labels === 'string') throw new Ended(EXIT.usage, labels);
  return labels;
}

function fromFiles(io: CliIo, folder: string, flags: Flags, config: Config, looks: Looks): Past {
  const files = {
    deployments: read(io, join(folder, 'deployments.json')),
    series: read(io, join(folder, 'series.json')),
  };
  const loaded = loadData(files, config, (one) => looks.lastOf(one));
  if (!loaded.ok) throw new Ended(EXIT.usage, loaded.error);
  const wants = namedBy(flags.deployment);
  const cases = loaded.cases.filter(({ deployment }) => wants(deployment));
  const triggers = config.policies.flatMap(({ rules }) => rules.filter((rule) => 'trigger' in rule));
  const notes = triggers.map(({ name }) => `${name}: what a trigger said in the past is not known: it takes no part`);
  return { cases, answered: loaded.answered, notes };
}

async function fromAws(
  { io, clock, connect }: BacktestDeps,
  flags: Flags,
  config: Config,
  looks: Looks,
): Promise<Past> {
  const now = clock.now();
  const gaps: string[] = [];
  const agrees = ({ deployments, metrics, requests }: Cost): boolean => {
    const price = (metrics * METRIC_PRICE).toFixed(4);
    const others = requests === 0 ? '' : `, and ${requests} requests to other sources`;
    io.err(lines(`${deployments} deployments: ${metrics} metrics to ask CloudWatch for (about ${price} USD)${others}`));
    return metrics <= FREE || flags.yes === true;
  };
  const past = await askForPast(config, looks, {
    connect,
    now,
    since: now - flags.since,
    wants: namedBy(flags.deployment),
    placebos: flags.placebos > 0,
    onProgress: (text) => io.err(lines(plainText(text))),
    onGap: (text) => {
      gaps.push(text);
      io.err(lines(`could not be read: ${plainText(text, 500)}`));
    },
    agrees,
    signal: new AbortController().signal,
  });
  if (past === undefined) throw new Ended(EXIT.failed, `more than ${FREE} metrics are asked for with --yes only`);
  return { ...past, notes: [...past.notes, ...gaps.map((gap) => `could not be read: ${gap}`)] };
}

function saveTo(folder: string, { cases, answered }: Past): void {
  const { deployments, series } = dataOf(cases, answered);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Ended(EXIT.failed, error instanceof Error ? error.message : String(error));
  }
  write(join(folder, 'deployments.json'), deployments);
  write(join(folder, 'series.json'), series);
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
  using looks = looksBy(config);
  const labels = readLabels(io, flags.labels);
  const past =
    flags.data === undefined
      ? await fromAws(deps, flags, config, looks)
      : fromFiles(io, flags.data, flags, config, looks);
  if (past.cases.length === 0)
    throw new Ended(EXIT.notFound, 'no deployment that is over and that a policy of the file watches');
  if (flags.save !== undefined) saveTo(flags.save, past);
  const titles = new Set(past.cases.map(({ deployment }) => deploymentTitle(deployment)));
  const unused = [...labels.keys()].filter((title) => !titles.has(title));
  if (unused.length > 0) io.err(lines(`labels of deployments that are not here: ${plainText(unused.join(', '), 500)}`));
  const { placebos, effects, seed } = flags;
  const onProgress = (text: string) => io.err(lines(plainText(text)));
  const options = { labels, placebos, effects, seed, onProgress, signal: new AbortController().signal };
  report(deps, flags, await backtest(past, looks, options));
}

function durationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === undefined || duration <= 0)
    throw new InvalidArgumentError('expected a duration such as 30d or 12h.');
  return duration;
}

const wholeFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  }
  return value;
};

function effectsOf(text: string): readonly number[] {
  const effects = text.split(',').map(Number);
  if (effects.some((effect) => !(effect >= 0 && effect <= 1_000))) {
    throw new InvalidArgumentError('expected factors from 0 to 1000 with commas between them, such as 2,5.');
  }
  return effects;
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
    .option('--since <duration>', 'deployments that began in this time', durationOf, 30 * 86_400_000)
    .option('--deployment <deployment>', 'only APPLICATION/ENVIRONMENT/NUMBER, by names or ids')
    .option('--labels <file>', 'what they really were: lines such as "checkout/prod/12: bad"')
    .option('--html <file>', 'also write a report to look at')
    .option('--json', 'print one line of JSON')
    .option('--save <folder>', 'write what was asked, for --data')
    .option('--data <folder>', 'deployments.json and series.json instead of AWS')
    .option(
      '--placebos <count>',
      'place the schedule so many times where nothing was deployed',
      wholeFrom(0, 10_000),
      0,
    )
    .option('--effects <factors>', 'effects to inject into the placebos', effectsOf, [2, 5])
    .option('--seed <number>', 'seed of placements and counts', wholeFrom(0, 4_294_967_295), 1)
    .option('--yes', 'ask, whatever it costs')
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      try {
        await run(deps, flags);
      } catch (error) {
        if (!(error instanceof Ended) && !(error instanceof FailureError)) throw error;
        deps.io.err(lines(`error: ${plainText(error.message, 2_000)}`));
        deps.io.exit(error instanceof Ended ? error.code : EXIT.failed);
      }
    });
}
