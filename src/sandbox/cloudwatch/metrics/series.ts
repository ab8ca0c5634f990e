/** A series as CloudWatch computes with it: values by period, labelled. */
import type { Duration, Instant, Window } from '../../../core/time.ts';

export interface TimeSeries {
  readonly label: string;
  readonly period: Duration;
  /** Starts of the periods that have a value, ascending. */
  readonly at: readonly Instant[];
  /** One value for each of `at`. */
  readonly values: readonly number[];
  /** True when a period is missing because its value was no finite number. */
  readonly dropped?: boolean;
}

/** A series of the pairs that have a finite value: a result that is no number is no datapoint. */
export function seriesOf(
  label: string,
  period: Duration,
  pairs: Iterable<readonly [Instant, number | undefined]>,
): TimeSeries {
  const at: Instant[] = [];
  const values: number[] = [];
  let dropped = false;
  for (const [instant, value] of pairs) {
    if (value === undefined) continue;
    if (!Number.isFinite(value)) {
      dropped = true;
      continue;
    }
    at.push(instant);
    values.push(value);
  }
  return { label, period, at, values, ...(dropped ? { dropped } : {}) };
}

export function* pairsOf(series: TimeSeries): Generator<readonly [Instant, number]> {
  for (const [index, at] of series.at.entries()) yield [at, series.values[index] ?? Number.NaN];
}

export function valuesByTime(series: TimeSeries): ReadonlyMap<Instant, number> {
  return new Map(pairsOf(series));
}

/** The starts of all periods inside a window. */
export function* periodsIn(window: Window, period: Duration): Generator<Instant> {
  for (let at = Math.ceil(window.from / period) * period; at < window.to; at += period) yield at;
}
