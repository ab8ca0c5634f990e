/**
 * Follows the level of a gauge on the log scale with Student-t errors and a scale that drifts: dose-G's filter.
 * Source: scale-mixture weight of the t filter, arXiv 1703.02428; score-driven scale, Harvey & Luati 2014 (JASA 109);
 * discount factor, West & Harrison 1997.
 */
import type { DoseFilter, Filtered } from './filter.ts';
import { studentTLogDensity } from './student-t.ts';

/** All on the scale ln(y + offset). */
export interface LevelBelief {
  readonly level: number;
  /** Variance of the level in units of `scale2`. */
  readonly spread: number;
  /** Squared Student-t scale of one observation. */
  readonly scale2: number;
}

const DEGREES_OF_FREEDOM = 5;
const SMALLEST_WEIGHT = 1e-6;
const SMALLEST_SCALE2 = 1e-18;

/** Ticks of memory of the scale. */
export const GAUGE_SCALE_MEMORY = 100;

/** The log scale; a value below 0 counts as 0. NaN is missing. */
export const gaugeLog = (value: number, offset: number): number => Math.log(Math.max(value, 0) + offset);

export interface GaugeTick {
  /** On the log scale; NaN is missing. */
  readonly y: number;
  /** ln of the factor the hypothesis puts on the metric. */
  readonly shift: number;
}

/** Forget, predict, learn with an outlier's weight; a missing tick only makes forget. `delta` is the discount per tick. */
export function gaugeStep(
  delta: number,
  { level, spread, scale2 }: LevelBelief,
  { y, shift }: GaugeTick,
  scaleMemory: number,
): Filtered<LevelBelief> {
  const r = spread / delta;
  if (!Number.isFinite(y)) return { belief: { level, spread: r, scale2 }, logDensity: undefined };
  const q = (r + 1) * scale2;
  const error = y - (level + shift);
  const distance = (error * error) / q;
  const weight = (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM + distance);
  const gain = r / (r + 1 / Math.max(weight, SMALLEST_WEIGHT));
  const drifted = scale2 * (1 + (weight * distance - 1) / scaleMemory);
  return {
    belief: { level: level + gain * error, spread: r * (1 - gain), scale2: Math.max(drifted, SMALLEST_SCALE2) },
    logDensity: studentTLogDensity(error, DEGREES_OF_FREEDOM, q),
  };
}

export interface GaugeModel {
  /** Discount per tick. */
  readonly delta: number;
  /** Added before taking logs, in the metric's unit. */
  readonly offset: number;
}

export function gaugeFilter(fit: GaugeModel & LevelBelief): DoseFilter<LevelBelief> {
  const { delta, offset, level, spread, scale2 } = fit;
  return {
    start: { level, spread, scale2 },
    step: (belief, { value }, factor) =>
      gaugeStep(delta, belief, { y: gaugeLog(value, offset), shift: Math.log(factor) }, GAUGE_SCALE_MEMORY),
  };
}
