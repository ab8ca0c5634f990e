/** Scores of an N-of-M threshold in standard deviations of the day before, and the bound its placebos allow. */
import { ALPHA } from './defaults.ts';
import { at, finiteOf, mean, standardDeviation, type Ticks } from './ticks.ts';

export interface Baseline {
  /** In the metric's unit. */
  readonly mean: number;
  /** Standard deviation of the population, in the metric's unit. */
  readonly sd: number;
}

/** Mean and spread of the previous day (1,440 one-minute ticks); undefined when nothing of it is there. */
export function baselineOf(previousDay: Ticks): Baseline | undefined {
  const values = finiteOf(previousDay);
  return values.length === 0 ? undefined : { mean: mean(values), sd: standardDeviation(values) };
}

export interface OutOf {
  readonly needed: number;
  readonly window: number;
}

const SMALLEST_SD = 1e-12;

/**
 * Score of each tick: the `needed`-th largest z of the last `window` ticks, −∞ while there are fewer, so that the alarm
 * is at the first score ≥ z. `direction` −1 when a drop is bad. A missing tick does not breach. It knows no exposure and
 * may alarm before anything is exposed. Source: CloudWatch's "M out of N" alarm with a bound at mean + z sd.
 */
export function thresholdScores(
  values: Ticks,
  baseline: Baseline,
  { needed, window }: OutOf = { needed: 3, window: 3 },
  direction: 1 | -1 = 1,
): readonly number[] {
  const sd = Math.max(baseline.sd, SMALLEST_SD);
  const scores = Array.from(values, (value) =>
    Number.isFinite(value) ? (direction * (value - baseline.mean)) / sd : Number.NEGATIVE_INFINITY,
  );
  return scores.map((_, tick) => {
    if (tick < window - 1) return Number.NEGATIVE_INFINITY;
    const recent = scores.slice(tick - window + 1, tick + 1).sort((a, b) => b - a);
    return at(recent, needed - 1);
  });
}

/**
 * The z of `thresholdScores` that at most ⌊α(n+1)⌋ − 1 placebos reach, and at least `minimum`, from the largest score of
 * each placebo. Source: conformal risk control, arXiv 2208.02814.
 */
export function calibrateThreshold(largestScores: readonly number[], alpha = ALPHA, minimum = 3): number {
  const ordered = largestScores.toSorted((a, b) => a - b);
  const rank = Math.max(Math.floor(alpha * (ordered.length + 1)), 1);
  const bound = ordered.at(-rank);
  return bound === undefined ? minimum : Math.max(minimum, bound + 1e-9);
}
