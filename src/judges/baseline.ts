/** Judge `baseline`: the newest periods against those before the deployment, or the same time yesterday or last week. */
import { z } from 'zod';
import { doubtOf } from '../core/calibration.ts';
import type { Evidence, Judge } from '../core/seams.ts';
import { type Duration, formatDuration } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { calibrationWindow, placeboPlaces } from './reading/dose-calibration.ts';
import { alphaOption, historyOption, uncalibratedOption } from './reading/dose-options.ts';
import { gridOf, tickZero } from './reading/grid.ts';
import { outdatedFor, withLevel } from './reading/level-range.ts';
import { isShapely, metricOptions, readMetric, SHAPE_PROBLEM, unknownInputs } from './reading/metric.ts';
import { sameEvidence } from './reading/same.ts';
import { goneVerdict, namesMissing, proven, tooEarly } from './reading/verdicts.ts';
import { finite } from './reading/words.ts';
import type { MetricTick } from './stats/filter.ts';
import { calibrateThreshold } from './stats/threshold-score.ts';
import { at, sum } from './stats/ticks.ts';

const baselineOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('baseline'),
      ...metricOptions(),
      against: z
        .enum(['before', 'yesterday', 'last-week'])
        .default('before')
        .describe(
          'What the newest periods are held against: the ones before the deployment, or the same time a day or a week earlier.',
        ),
      as: z.enum(['ratio', 'difference']).default('ratio').describe('How they are compared.'),
      limit: z
        .number()
        .gt(0)
        .describe('Ratio (above 1) or difference (in the unit of the metric) that is harm; placebos may raise it.'),
      harm: z.enum(['up', 'down']).default('up').describe('Which way harm moves the metric.'),
      periods: z.int().min(1).max(60).default(5).describe('Newest periods that are taken together.'),
      before: z.int().min(5).max(1440).default(60).describe('Periods before the deployment they are held against.'),
      alpha: alphaOption(),
      history: historyOption(),
      uncalibrated: uncalibratedOption(),
    })
    .refine(isShapely, { path: ['metric'], message: SHAPE_PROBLEM })
    .refine(({ as, limit }) => as === 'difference' || limit > 1, {
      path: ['limit'],
      message: 'expected a ratio above 1; for a drop it is how many times smaller the metric is',
    }),
);

type BaselineOptions = z.output<ReturnType<typeof baselineOptions>>;

const DAY: Duration = 86_400_000;
const BACK = { before: 0, yesterday: DAY, 'last-week': 7 * DAY } as const;

/** Ticks of what they are held against that must be there. */
const FEWEST_SHARE = 0.5;

/** Events per request, or the mean; undefined when fewer than half of the ticks have a value. */
function levelOf(ticks: readonly MetricTick[]): number | undefined {
  const told = ticks.filter(({ value, requests }) => Number.isFinite(value) && Number.isFinite(requests));
  if (told.length === 0 || told.length < FEWEST_SHARE * ticks.length) return undefined;
  const requests = sum(told.map((tick) => tick.requests));
  return requests > 0 ? sum(told.map(({ value }) => value)) / requests : undefined;
}

interface Compared {
  readonly now: number;
  readonly base: number;
  /** How far it is in the direction of harm. */
  readonly score: number;
}

/** The ticks that end at `tick` (inclusive) of a deployment that began at `start`. */
function compared(
  options: BaselineOptions,
  metric: readonly MetricTick[],
  start: number,
  tick: number,
  back: number,
): Compared | undefined {
  const first = tick + 1 - options.periods;
  if (first < start) return undefined;
  const now = levelOf(metric.slice(first, tick + 1));
  const from = back === 0 ? start - options.before : first - back;
  if (from < 0) return undefined;
  const then = levelOf(metric.slice(from, back === 0 ? start : tick + 1 - back));
  if (now === undefined || then === undefined) return undefined;
  const [above, below] = options.harm === 'up' ? [now, then] : [then, now];
  const ratio = below === 0 ? (above === 0 ? 1 : Number.POSITIVE_INFINITY) : above / below;
  return { now, base: then, score: options.as === 'difference' ? above - below : ratio };
}

const AGAINST = {
  before: 'before the deployment',
  yesterday: 'at the same time yesterday',
  'last-week': 'at the same time last week',
} as const;

const rounded = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'infinitely');

function judged(options: BaselineOptions, evidence: Evidence): Verdict {
  const [series] = evidence.series;
  const grid = gridOf(series, evidence.deployment.startedAt);
  if (series === undefined || grid === undefined || grid.during === 0) return tooEarly(evidence);
  const { ticks, told } = readMetric(series, options, grid);
  const gone = goneVerdict(evidence, told, grid.during);
  const missing = unknownInputs(series, options);
  if (gone !== undefined && (missing.length === 0 || series.points.length === 0)) return gone;
  if (missing.length > 0) return namesMissing(evidence, missing);
  const back = Math.round(BACK[options.against] / grid.period);
  const result = compared(options, ticks, grid.history, ticks.length - 1, back);
  const subject = options.events ?? series.query;
  if (result === undefined) {
    const because = `${subject}: not enough periods yet, or too few of them have a datapoint (${options.periods} now, and those ${AGAINST[options.against]})`;
    return { kind: 'inconclusive', because };
  }
  const { calibration } = evidence;
  const bound = Math.max(options.limit, calibration?.kind === 'calibrated' ? (calibration.bound ?? 0) : 0);
  const { now, base: then, score } = result;
  const side = options.harm === 'up' ? 'above' : 'below';
  const far = options.as === 'ratio' ? `${rounded(score)}×` : rounded(score);
  const sentence = `${subject} ${rounded(now)} in the last ${options.periods} periods of ${formatDuration(grid.period)}, ${far} ${side} the ${rounded(then)} ${AGAINST[options.against]} (${options.as === 'ratio' ? `${rounded(bound)}×` : rounded(bound)} needed)`;
  const proof = () => ({
    query: series.query,
    periodMs: grid.period,
    now: finite(now),
    base: finite(then),
    score: finite(score),
    bound: finite(bound),
  });
  if (!(score >= bound)) return proven('healthy', sentence, proof);
  const doubt = doubtOf(calibration);
  if (doubt === undefined) return proven('breached', sentence, proof);
  if (options.uncalibrated === 'stop') return proven('breached', `${sentence}; ${doubt}`, proof);
  return proven('inconclusive', `${sentence}; ${doubt}, so it only advises`, proof);
}

function makeBaseline(options: BaselineOptions, sharing: number): Judge {
  const reach = (period: Duration) =>
    Math.max(options.before, BACK[options.against] / period + options.periods) * period;
  const window = calibrationWindow(Math.max(options.history, BACK[options.against] * 2));
  return {
    windows(deployment, now, period) {
      const start = tickZero(deployment.startedAt, period);
      return [{ from: start - reach(period), to: Math.max(now, start) }];
    },
    judge: sameEvidence((evidence) => judged(options, evidence)),
    calibration: {
      window,
      measure(history) {
        const { period } = history.series;
        const first = Math.ceil(reach(period) / period);
        const places = placeboPlaces(history, options, Math.max(180, first));
        if (typeof places === 'string') return { kind: 'uncalibrated', because: places };
        const back = Math.round(BACK[options.against] / period);
        const { metric, starts, exposure } = places;
        const largest = starts.map((start) =>
          exposure.reduce((top, _, tick) => {
            const score =
              at(exposure, tick) > 0 ? compared(options, metric, start, start + tick, back)?.score : undefined;
            return score !== undefined && score > top ? score : top;
          }, Number.NEGATIVE_INFINITY),
        );
        const bound = calibrateThreshold(largest, options.alpha / sharing, options.limit);
        const falseStops = largest.filter((score) => score >= bound).length;
        // What no bound keeps from stopping (a level of 0 in the past) is no judge.
        const met = Number.isFinite(bound);
        const measured = {
          kind: 'calibrated',
          etas: [],
          bound: met ? bound : options.limit,
          placebos: starts.length,
          falseStops,
          met,
          at: history.now,
        } as const;
        return withLevel(measured, places, options);
      },
      outdated: outdatedFor(options),
    },
  };
}

export const baseline = defineJudge({
  kind: 'baseline',
  description:
    'The metric is further from what it was before the deployment, or at the same time yesterday or last week, than placebos ever were.',
  options: baselineOptions,
  create: makeBaseline,
});
