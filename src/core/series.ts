/** Numbers over time, as a source gives them and a judge reads them. */
import type { Duration, Instant } from './time.ts';

/** One datapoint: what was measured from `at` (inclusive) for one period. */
export interface Point {
  readonly at: Instant;
  readonly value: number;
  /** False while the store may still add to or revise this period. */
  readonly settled: boolean;
}

/** Points as two lists of numbers, from one index to before another; what is settled ends by {@link Series.settledUntil}. */
export interface Columns {
  readonly at: readonly Instant[];
  readonly values: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Series {
  /** The question in words a person can read, e.g. `100 * errors / requests`. */
  readonly query: string;
  /** Start of the stretch that was asked for: periods from here on without a point are missing. */
  readonly from: Instant;
  /** Length of one period. */
  readonly period: Duration;
  /** Oldest first, at most one per period, aligned to the period; a missing period is missing. */
  readonly points: readonly Point[];
  /** True where an unsettled value can only grow (a plain Sum or SampleCount), so that `above` may act on it early. */
  readonly growing: boolean;
  /** Periods that end at or before this instant are settled. */
  readonly settledUntil: Instant;
  /** The metrics an expression was computed from, by name, for the reasons people read. */
  readonly inputs: Readonly<Record<string, readonly Point[]>>;
  /**
   * Periods that begin before this instant are in an earlier series what they are in this one: the same points, settled in
   * both. −∞ where nothing is known of that. Absent where the source cannot tell; then everything has to be read again.
   */
  sameUntil?(earlier: Series): Instant;
  /** What begins at an instant or later, made when it is read. */
  tail?(from: Instant): Pick<Series, 'points' | 'inputs'>;
  /** `points` without an object for each, where there are none yet: thousands of series are read a minute. */
  columns?(): Columns;
}
