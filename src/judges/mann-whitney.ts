/** Judge `mann-whitney`: values of clients on the new configuration against those on the old one, at a few planned looks. */
import { z } from 'zod';
import type { Evidence, Judge } from '../core/seams.ts';
import type { Duration } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { alphaOption } from './reading/dose-options.ts';
import { columnOf, gridOf, tickZero } from './reading/grid.ts';
import { fallOf } from './reading/level.ts';
import { sameEvidence } from './reading/same.ts';
import { goneVerdict, namesMissing, proven, tooEarly } from './reading/verdicts.ts';
import { finite } from './reading/words.ts';
import { type MannWhitney, mannWhitney, plannedLooks } from './stats/mann-whitney.ts';
import { prepareSpecial } from './stats/special.ts';
import { finiteOf, mean } from './stats/ticks.ts';

const inputName = once(() => z.string().min(1).max(255));

const rankOptions = once(() =>
  z.strictObject({
    kind: z.literal('mann-whitney'),
    new: inputName().describe('Name of the metric in the expression for clients on the new configuration.'),
    old: inputName().describe('Name of the metric for clients on the old one.'),
    harm: z.enum(['up', 'down']).default('up').describe('Which way harm moves the values.'),
    alpha: alphaOption(),
    looks: z
      .int()
      .min(1)
      .max(3)
      .default(3)
      .describe(
        'How often it looks, evenly over the planned deployment as far as it can still be stopped; each look may spend its part of alpha.',
      ),
    smallestRatio: z
      .number()
      .min(1)
      .max(20)
      .default(1)
      .describe('Ratio of the means that is worth a stop; not asked where the old mean is 0.'),
  }),
);

type RankOptions = z.output<ReturnType<typeof rankOptions>>;

/** Values an arm needs. */
const FEWEST = 5;

interface Look {
  readonly ticks: number;
  readonly test: MannWhitney;
  readonly ratio: number;
  readonly harmful: boolean;
}

function lookAt(
  options: RankOptions,
  alpha: number,
  fresh: readonly number[],
  old: readonly number[],
  ticks: number,
): Look | undefined {
  const [one, other] = [finiteOf(fresh.slice(0, ticks)), finiteOf(old.slice(0, ticks))];
  if (Math.min(one.length, other.length) < FEWEST) return undefined;
  const test = mannWhitney(one, other, options.harm === 'up' ? 'greater' : 'less', 1 - (2 * alpha) / options.looks);
  if (test === undefined) return undefined;
  const base = mean(other);
  const ratio = mean(one) / base;
  const large = base === 0 || (options.harm === 'up' ? ratio : 1 / ratio) >= options.smallestRatio;
  return { ticks, test, ratio, harmful: test.p < alpha / options.looks && large };
}

/** The last tick that can still stop anything: it has to settle, and be looked at, before the deployment is complete. */
function lastTick({ deployment, settle }: Evidence, period: Duration): number {
  const minutes = deployment.durationMinutes + deployment.bakeMinutes;
  return Math.floor((minutes * 60_000 - settle) / period) - 1;
}

const rounded = (value: number) => String(Number(value.toPrecision(3)));

function judged(options: RankOptions, alpha: number, evidence: Evidence): Verdict {
  const [series] = evidence.series;
  const { deployment } = evidence;
  const grid = gridOf(series, deployment.startedAt);
  if (series === undefined || grid === undefined || grid.during === 0) return tooEarly(evidence);
  const [fresh = [], old = []] = [options.new, options.old].map((name) =>
    columnOf(series.inputs[name] ?? [], grid).slice(grid.history),
  );
  const subject = `${options.new} against ${options.old}`;
  if (fallOf(deployment) !== undefined) {
    return {
      kind: 'healthy',
      because: `${subject}: nobody has the new configuration any more, which is what was judged`,
    };
  }
  const gone = goneVerdict(
    evidence,
    fresh.map((value, tick) => Number.isFinite(value + (old[tick] ?? Number.NaN))),
    grid.during,
  );
  const missing = [options.new, options.old].filter((name) => !Object.hasOwn(series.inputs, name));
  if (gone !== undefined && (missing.length === 0 || series.points.length === 0)) return gone;
  if (missing.length > 0) return namesMissing(evidence, missing);
  const looks = plannedLooks(Math.max(options.looks, lastTick(evidence, grid.period)), options.looks);
  const past = looks.filter((ticks) => ticks <= grid.during);
  const taken = past.flatMap((ticks) => lookAt(options, alpha, fresh, old, ticks) ?? []);
  const next = looks.find((ticks) => ticks > grid.during);
  const then = next === undefined ? '' : `; the next look is after ${next} periods`;
  const newest = taken.findLast(({ harmful }) => harmful) ?? taken.at(-1);
  if (newest === undefined) {
    const why = past.length === 0 ? 'not looked at yet' : `fewer than ${FEWEST} values of an arm at the looks so far`;
    return { kind: 'inconclusive', because: `${subject}: ${why}${then}` };
  }
  const { test, ticks, ratio, harmful } = newest;
  const because = `${subject}: shifted by ${rounded(test.shift)} (${rounded(test.interval.low)} to ${rounded(test.interval.high)}) after ${ticks} periods; p = ${test.p.toPrecision(2)} against ${rounded(alpha / options.looks)} at each of ${options.looks} looks${harmful ? '' : then}`;
  return proven(harmful ? 'breached' : 'healthy', because, () => ({
    query: series.query,
    periodMs: grid.period,
    look: ticks,
    p: finite(test.p),
    alpha: alpha / options.looks,
    superiority: finite(test.superiority),
    shift: finite(test.shift),
    shiftLow: finite(test.interval.low),
    shiftHigh: finite(test.interval.high),
    ratioOfMeans: finite(ratio),
  }));
}

function makeRank(options: RankOptions, sharing: number): Judge {
  return {
    prepare: prepareSpecial,
    windows(deployment, now, period) {
      const start = tickZero(deployment.startedAt, period);
      return [{ from: start, to: Math.max(now, start) }];
    },
    judge: sameEvidence((evidence) => judged(options, options.alpha / sharing, evidence)),
  };
}

export const mannWhitneyJudge = defineJudge({
  kind: 'mann-whitney',
  description: 'Values on the new configuration rank above those on the old one, tested at a few planned looks.',
  options: rankOptions,
  create: makeRank,
});
