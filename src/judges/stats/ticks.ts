/** Numbers tick by tick, of which some are missing, and what is asked of them everywhere. */

/**
 * One number for each sampling period (60 s in production), oldest first. NaN is missing: never evidence and never a zero.
 */
export type Ticks = ArrayLike<number>;

/** The number of a tick; NaN outside. */
export const at = (ticks: Ticks, tick: number): number => ticks[tick] ?? Number.NaN;

/** The numbers that are not missing. */
export function finiteOf(ticks: Ticks): readonly number[] {
  return Array.from(ticks).filter(Number.isFinite);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** NaN when there are none. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Standard deviation of the population: divided by n. NaN when there are no values. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** The middle value, or the mean of the two in the middle. NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(sorted, half) : (at(sorted, half - 1) + at(sorted, half)) / 2;
}
