/**
 * Learns from the past of a metric how its next tick follows from its last ones: a linear regression of each step, on the log
 * scale, on means over windows of lags. A local level, a trend and AR(1) are cases of it.
 * Source: ridge regression, Hoerl & Kennard 1970 (Technometrics 12); t weights, Lange, Little & Taylor 1989 (JASA 84).
 */
import { solvePositiveDefinite } from './cholesky.ts';
import { HISTORY_TICKS } from './defaults.ts';
import type { MetricTick } from './filter.ts';
import { gapsFilled, LAG_WINDOWS, type LearntModel, LONGEST_LAG, learntLog, SMALLEST_SCALE2 } from './learnt-filter.ts';
import { at, mean, median, standardDeviation, type Ticks } from './ticks.ts';

const FEATURES = LAG_WINDOWS.length - 1;
/** Ticks that say what follows from what, below which nothing is learnt. */
const FEWEST_ROWS = 100;
/** Of the 81 ticks before, how many have to be told. */
const FEWEST_TOLD = 54;
/** Ridge, in ticks: as much weight is put on "the next is as the last". */
const RIDGE = 30;
const DEGREES_OF_FREEDOM = 5;
const ITERATIONS = 8;
/** Makes a median absolute deviation the sd of a normal distribution. */
const MAD_TO_SD = 1.4826;
const OFFSET_SHARE = 0.02;
/** In events, or in the unit of a gauge. */
const SMALLEST_OFFSET = 1e-9;
const SMALLEST_SPREAD = 1e-9;

/** A share of what the metric is in the middle: in its unit, or in events per request. */
function offsetOf(history: readonly MetricTick[]): number {
  const told = history.filter(({ value, requests }) => Number.isFinite(value) && requests > 0);
  const middle = median(told.map(({ value, requests }) => Math.max(value, 0) / requests));
  const smallest = SMALLEST_OFFSET / mean(told.map(({ requests }) => requests));
  return Math.max(OFFSET_SHARE * middle, smallest);
}

interface Rows {
  /** 12 numbers for each row, side by side. */
  readonly features: Float64Array;
  /** The step that followed. */
  readonly steps: Float64Array;
}

/** One row for each tick that tells a step, has enough before it, and is not labelled. */
function rowsOf(logs: readonly number[], labels: Ticks): Rows {
  const filled = gapsFilled(logs);
  const sums = new Float64Array(logs.length + 1);
  const told = new Uint32Array(logs.length + 1);
  for (const [tick, log] of filled.entries()) {
    sums[tick + 1] = at(sums, tick) + log;
    told[tick + 1] = at(told, tick) + (Number.isFinite(logs[tick]) ? 1 : 0);
  }
  const isRow = (tick: number): boolean =>
    Number.isFinite(logs[tick]) &&
    Number.isFinite(logs[tick - 1]) &&
    at(told, tick) - at(told, tick - LONGEST_LAG) >= FEWEST_TOLD &&
    (labels[tick] ?? 0) === 0;
  const ticks = Array.from(logs.keys()).filter((tick) => tick >= HISTORY_TICKS && isRow(tick));
  const features = new Float64Array(ticks.length * FEATURES);
  for (const [row, tick] of ticks.entries()) {
    for (let feature = 0; feature < FEATURES; feature++) {
      const [after, last] = [at(LAG_WINDOWS, feature), at(LAG_WINDOWS, feature + 1)];
      const level = (at(sums, tick - after) - at(sums, tick - last)) / (last - after);
      features[row * FEATURES + feature] = level - at(filled, tick - 1);
    }
  }
  return { features, steps: Float64Array.from(ticks, (tick) => at(logs, tick) - at(logs, tick - 1)) };
}

/** Spread of each feature over the rows, never 0. */
function spreadsOf({ features, steps }: Rows): readonly number[] {
  return Array.from({ length: FEATURES }, (_, feature) => {
    const column = Array.from(steps, (_step, row) => at(features, row * FEATURES + feature));
    return standardDeviation(column) + SMALLEST_SPREAD;
  });
}

/** Features in units of their spread. */
function standardized(rows: Rows, spreads: readonly number[]): Rows {
  return { ...rows, features: rows.features.map((value, index) => value / at(spreads, index % FEATURES)) };
}

/** Weighted least squares with a ridge; undefined where it has no solution. */
function regressed({ features, steps }: Rows, weightOf: Ticks): readonly number[] | undefined {
  const matrix = new Float64Array(FEATURES * FEATURES);
  const right = new Float64Array(FEATURES);
  for (let feature = 0; feature < FEATURES; feature++) matrix[feature * FEATURES + feature] = RIDGE;
  for (let row = 0; row < steps.length; row++) {
    const begin = row * FEATURES;
    for (let i = 0; i < FEATURES; i++) {
      const weighted = at(weightOf, row) * at(features, begin + i);
      right[i] = at(right, i) + weighted * at(steps, row);
      for (let j = 0; j <= i; j++) {
        matrix[i * FEATURES + j] = at(matrix, i * FEATURES + j) + weighted * at(features, begin + j);
      }
    }
  }
  return solvePositiveDefinite(matrix, right);
}

/** What each row's step is off by. */
function errorsOf({ features, steps }: Rows, coefficients: readonly number[]): Float64Array {
  return steps.map((step, row) => {
    let predicted = 0;
    for (let i = 0; i < FEATURES; i++) predicted += at(features, row * FEATURES + i) * at(coefficients, i);
    return step - predicted;
  });
}

const scale2Of = (errors: Float64Array): number => (MAD_TO_SD * median(Array.from(errors, Math.abs))) ** 2;

/**
 * Learns from a history, one tick after the other without a hole in the array (what is missing is NaN in it). `labels`: 1 for
 * each tick that nothing is to be learnt from, such as those of a deployment. The same history always gives the same.
 * Undefined when fewer than 100 ticks after the first 180 tell a step.
 */
export function fitLearnt(history: readonly MetricTick[], labels: Ticks): LearntModel | undefined {
  const offset = offsetOf(history);
  const raw = rowsOf(
    history.map((tick) => learntLog(tick, offset)),
    labels,
  );
  if (raw.steps.length < FEWEST_ROWS) return undefined;
  const spreads = spreadsOf(raw);
  const rows = standardized(raw, spreads);
  let weightOf = new Float64Array(raw.steps.length).fill(1);
  let coefficients: readonly number[] = [];
  let scale2 = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const found = regressed(rows, weightOf);
    if (found === undefined) return undefined;
    coefficients = found;
    const errors = errorsOf(rows, coefficients);
    scale2 = scale2Of(errors);
    const scale = scale2 + 1e-12;
    weightOf = errors.map((error) => DEGREES_OF_FREEDOM / (DEGREES_OF_FREEDOM - 1 + (error * error) / scale));
  }
  const weights = coefficients.map((coefficient, feature) => coefficient / at(spreads, feature));
  return { weights, offset, scale2: Math.max(scale2, SMALLEST_SCALE2) };
}
