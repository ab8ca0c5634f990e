/** Where a backtest has its past from: AWS at a cost that is told before, or files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askForPast, type Cost, type Looks, type Past } from '../backtest/backtest.ts';
import { loadData } from '../backtest/files.ts';
import { unheard } from '../backtest/said.ts';
import { dataOf } from '../backtest/saved.ts';
import type { Deployment } from '../core/deployment.ts';
import { FailureError } from '../core/failure.ts';
import type { Duration } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import type { Clock } from '../lib/clock.ts';
import { counted, plainText } from '../lib/text.ts';
import type { Config, Target } from '../policy/schema.ts';
import { heardBy } from './backtest-journal.ts';
import { Ended } from './ended.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

export interface BacktestDeps {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly connect: (target: Target) => TargetAccess;
}

export interface PastFlags {
  readonly since: Duration;
  readonly lag: Duration;
  readonly deployment?: string;
  readonly data?: string;
  readonly journal?: string;
  readonly yes?: true;
}

/** Which numbers are wanted: those of each deployment, long stretches to place schedules in as well, or those of one rule alone. */
type Wanted = 'deployments' | 'both' | { readonly rule: string };

/** Metrics that are asked for without a `--yes`: ten cents. */
export const FREE = 10_000;
const METRIC_PRICE = 0.01 / 1_000;

export function read(io: CliIo, path: string): string {
  try {
    return new TextDecoder().decode(io.readFile(path));
  } catch (error) {
    throw new Ended(EXIT.notFound, error instanceof Error ? error.message : String(error));
  }
}

function readIfThere(io: CliIo, path: string): string | undefined {
  try {
    return new TextDecoder().decode(io.readFile(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Ended(EXIT.failed, error instanceof Error ? error.message : String(error));
  }
}

export function write(path: string, text: string): void {
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

function fromFiles(io: CliIo, folder: string, flags: PastFlags, config: Config, looks: Looks): Past {
  const files = {
    deployments: read(io, join(folder, 'deployments.json')),
    series: read(io, join(folder, 'series.json')),
    triggers: readIfThere(io, join(folder, 'triggers.json')),
  };
  const loaded = loadData(files, config, (one) => looks.lastOf(one));
  if (!loaded.ok) throw new Ended(EXIT.usage, loaded.error);
  const wants = namedBy(flags.deployment);
  const cases = loaded.cases.filter(({ deployment }) => wants(deployment));
  return { cases, answered: loaded.answered, said: loaded.said, notes: [] };
}

async function fromAws(
  { io, clock, connect }: BacktestDeps,
  flags: PastFlags,
  config: Config,
  looks: Looks,
  wanted: Wanted,
): Promise<Past> {
  const now = clock.now();
  const gaps: string[] = [];
  const agrees = ({ deployments, metrics, requests }: Cost): boolean => {
    const price = (metrics * METRIC_PRICE).toFixed(4);
    const others = requests === 0 ? '' : `, and ${counted(requests, 'request')} to other sources`;
    io.err(
      lines(
        `${counted(deployments, 'deployment')}: ${counted(metrics, 'metric')} to ask CloudWatch for (about ${price} USD)${others}`,
      ),
    );
    return metrics <= FREE || flags.yes === true;
  };
  const past = await askForPast(config, looks, {
    connect,
    now,
    since: now - flags.since,
    wants: namedBy(flags.deployment),
    placebos: wanted !== 'deployments',
    onlyRule: typeof wanted === 'string' ? undefined : wanted.rule,
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

export function saveTo(folder: string, { cases, answered, said }: Past): void {
  const { deployments, series, triggers } = dataOf(cases, answered, said);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Ended(EXIT.failed, error instanceof Error ? error.message : String(error));
  }
  write(join(folder, 'deployments.json'), deployments);
  write(join(folder, 'series.json'), series);
  if (triggers !== undefined) write(join(folder, 'triggers.json'), triggers);
}

/** The past that the flags ask for; throws Ended where there is none. */
export async function pastOf(
  deps: BacktestDeps,
  flags: PastFlags,
  config: Config,
  looks: Looks,
  wanted: Wanted,
): Promise<Past> {
  const { data } = flags;
  const asked =
    data === undefined
      ? await fromAws(deps, flags, config, looks, wanted)
      : fromFiles(deps.io, data, flags, config, looks);
  const heard = flags.journal === undefined ? [] : heardBy(flags.journal, config);
  const said = [...heard, ...asked.said];
  const past = {
    ...asked,
    said,
    notes: [...asked.notes, ...(typeof wanted === 'string' ? unheard(config, said) : [])],
  };
  if (past.cases.length > 0) return past;
  throw new Ended(EXIT.notFound, 'no deployment that is over and that a policy of the file watches');
}

/** Runs a command; what ends it early is told, with the exit code set. */
export async function endingWell({ io }: BacktestDeps, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Ended) && !(error instanceof FailureError)) throw error;
    io.err(lines(`error: ${plainText(error.message, 2_000)}`));
    io.exit(error instanceof Ended ? error.code : EXIT.failed);
  }
}
