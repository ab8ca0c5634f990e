/**
 * Predicts a metric by a linear function of its last ticks on the log scale, which was learnt from the past of that very
 * metric: the learnt component of a dose judge. Errors are Student-t with a scale that drifts, as dose-G's are.
 * Source: scale-mixture weight of the t filter, arXiv 1703.02428; score-driven scale, Harvey & Luati 2014 (JASA 109).
 */
import { HISTORY_TICKS } from './defaults.ts';
import type { DoseFilter, Filtered, MetricTick } from './filter.ts';
import { gaugeLog } from './gauge-filter.ts';
import { studentTLogDensity } from './student-t.ts';

/** Right ends of the windows of lags (ticks) whose means the prediction is made of; each begins after the one before. */
export const LAG_WINDOWS: readonly number[] = [1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 36, 54, 81];
/** Ticks that a prediction looks back. */
export const LONGEST_LAG = 81;

/** What was learnt of a metric. Plain numbers, that it may be kept with a calibration. */
export interface LearntModel {
  /** One for each window of lags but the first: of its mean less the newest value, both on the log scale. */
  readonly weights: readonly number[];
  /** Added before taking logs; in the unit of the metric, events per request for counts. */
  readonly offset: number;
  /** Squared Student-t scale of one tick's error on the log scale, over the whole past. */
  readonly scale2: number;
}

/** All on the log scale and without the effect that the hypothesis assumes. */
export interface LearntBelief {
  /** The last 81 ticks, the newest last; what is missing is as it was predicted. */
  readonly recent: readonly number[];
  readonly scale2: number;
  /** Ticks missing since the last one that was told. */
  readonly missed: number;
}

const DEGREES_OF_FREEDOM = 5;
/** Ticks of memory of the scale. */
const SCALE_MEMORY = 100;
/** The scale is never smaller than a thousandth of the metric. */
export const SMALLEST_SCALE2 = 1e-6;

/** ln of the value, or of the events per request; NaN where it is missing or nothing was requested. */
export function learntLog({ value, requests }: MetricTick, offset: number): number {
  return requests > 0 && Number.isFinite(value) ? gaugeLog(value / requests, offset) : Number.NaN;
}

/** Weight of each of the last 81 ticks, the oldest first; they add up to 1. */
function kernelOf(weights: readonly number[]): Float64Array {
  const kernel = new Float64Array(LONGEST_LAG);
  kernel[LONGEST_LAG - 1] = 1;
  for (const [index, weight] of weights.entries()) {
    const [after, last] = [LAG_WINDOWS[index] ?? 0, LAG_WINDOWS[index + 1] ?? 0];
    for (let lag = after + 1; lag <= last; lag++) {
      kernel[LONGEST_LAG - lag] = (kernel[LONGEST_LAG - lag] ?? 0) + weight / (last - after);
    }
    kernel[LONGEST_LAG - 1] = (kernel[LONGEST_LAG - 1] ?? 0) - weight;
  }
  return kernel;
}

/** A gap repeats the value before it, and one at the beginning the first that is told. NaN throughout where none is. */
export function gapsFilled(logs: readonly number[]): readonly number[] {
  let last = logs.find(Number.isFinite) ?? Number.NaN;
  return logs.map((log) => {
    if (Number.isFinite(log)) last = log;
    return last;
  });
}

/** Predict and learn; a missing tick counts as predicted, and makes the next prediction as much less certain. */
function learntStep(
  kernel: Float64Array,
  { recent, scale2, missed }: LearntBelief,
  y: number,
  shift: number,
): Filtered<LearntBelief> {
  // One copy and no more: this is most of what a tick costs.
  const next = recent.slice();
  let predicted = 0;
  for (let index = 0; index < LONGEST_LAG; index++) {
    const seen = recent[index] ?? 0;
    predicted += (kernel[index] ?? 0) * seen;
    if (index > 0) next[index - 1] = seen;
  }
  if (!Number.isFinite(y)) {
    next[LONGEST_LAG - 1] = predicted;
    return { belief: { recent: next, scale2, missed: missed + 1 }, logDensity: undefined };
  }
  next[LONGEST_LAG - 1] = y - shift;
  const error = y - shift - predicted;
  const q = scale2 * (1 + missed);
  const distance = (error * error) / q;
  const weight = (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM + distance);
  const drifted = scale2 * (1 + (weight * distance - 1) / SCALE_MEMORY);
  return {
    belief: { recent: next, scale2: Math.max(drifted, SMALLEST_SCALE2), missed: 0 },
    logDensity: studentTLogDensity(error, DEGREES_OF_FREEDOM, q),
  };
}

/**
 * The filter at the end of a history, of which the last 180 ticks are looked at: 81 to predict from, 99 to learn the scale.
 * Undefined when there are no more than 81, or none of them is told.
 */
export function learntFilter(
  { weights, offset, scale2 }: LearntModel,
  history: readonly MetricTick[],
): DoseFilter<LearntBelief> | undefined {
  const logs = history.slice(-HISTORY_TICKS).map((tick) => learntLog(tick, offset));
  const recent = gapsFilled(logs).slice(0, LONGEST_LAG);
  if (logs.length <= LONGEST_LAG || !Number.isFinite(recent[0])) return undefined;
  const kernel = kernelOf(weights);
  let start: LearntBelief = { recent, scale2: Math.max(scale2, SMALLEST_SCALE2), missed: 0 };
  for (const log of logs.slice(LONGEST_LAG)) start = learntStep(kernel, start, log, 0).belief;
  return {
    start,
    step: (belief, tick, factor) => learntStep(kernel, belief, learntLog(tick, offset), Math.log(factor)),
  };
}
