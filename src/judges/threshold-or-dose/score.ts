/** The threshold of `threshold-or-dose`: how far the metric is from the day before, in its standard deviations. */
import type { Duration } from '../../core/time.ts';
import type { PlaceboPlaces } from '../reading/dose-calibration.ts';
import { type MetricSoFar, newestTicks } from '../reading/metric-so-far.ts';
import type { MetricTick } from '../stats/filter.ts';
import { type Baseline, baselineOf, calibrateThreshold, thresholdScores } from '../stats/threshold-score.ts';
import { at } from '../stats/ticks.ts';

const DAY: Duration = 86_400_000;
export const LOWEST_BOUND = 3;

export const ticksOfDay = (period: Duration): number => Math.max(1, Math.round(DAY / period));

/** The rate where requests are counted; NaN is missing. */
const levelOf = ({ value, requests }: MetricTick): number =>
  requests > 0 ? value / requests : requests === 0 ? Number.NaN : requests;

export interface Score {
  /** Standard deviations that all of the last ticks needed are past. */
  readonly score: number;
  readonly value: number;
  readonly baseline: Baseline;
}

export interface OutOf {
  readonly needed: number;
  readonly window: number;
}

/** Of a history, which is the same array while it says the same. */
const baselines = new WeakMap<readonly MetricTick[], Baseline | 'none'>();

function baselineBefore(history: readonly MetricTick[], period: Duration): Baseline | 'none' {
  const known = baselines.get(history);
  if (known !== undefined) return known;
  const made = baselineOf(history.slice(-ticksOfDay(period)).map(levelOf)) ?? 'none';
  baselines.set(history, made);
  return made;
}

/** Undefined when nothing is known of the day before, or it never changed. */
export function newestScore(metric: MetricSoFar, outOf: OutOf, direction: 1 | -1): Score | undefined {
  const baseline = baselineBefore(metric.history, metric.grid.period);
  if (baseline === 'none' || baseline.sd === 0) return undefined;
  const values = newestTicks(metric, outOf.window).map(levelOf);
  const score = thresholdScores(values, baseline, outOf, direction).at(-1);
  return score === undefined ? undefined : { score, value: values.at(-1) ?? Number.NaN, baseline };
}

export interface ScoreCalibration {
  readonly bound: number;
  /** Placebos it stops at that bound, by their number. */
  readonly stopped: ReadonlySet<number>;
}

/** The bound that hardly any placebo reached while it had exposed clients. */
export function calibrateScore(
  { grid, metric, starts, exposure }: PlaceboPlaces,
  outOf: OutOf,
  direction: 1 | -1,
  alpha: number,
): ScoreCalibration {
  const values = metric.map(levelOf);
  const day = ticksOfDay(grid.period);
  const largest = starts.map((start) => {
    const baseline = baselineOf(values.slice(Math.max(0, start - day), start));
    if (baseline === undefined || baseline.sd === 0) return Number.NEGATIVE_INFINITY;
    const scores = thresholdScores(values.slice(start, start + exposure.length), baseline, outOf, direction);
    return scores.reduce(
      (top, score, tick) => (at(exposure, tick) > 0 && score > top ? score : top),
      Number.NEGATIVE_INFINITY,
    );
  });
  const bound = calibrateThreshold(largest, alpha, LOWEST_BOUND);
  return { bound, stopped: new Set(largest.flatMap((score, placebo) => (score >= bound ? [placebo] : []))) };
}
