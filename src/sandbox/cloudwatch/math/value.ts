/** What metric math computes with: a number, a series, or several series. */
import type { Duration, Instant, Window } from '../../../core/time.ts';
import { pairsOf, seriesOf, type TimeSeries, valuesByTime } from '../metrics/series.ts';
import { mathError } from './math-error.ts';

export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly series: TimeSeries }
  | { readonly kind: 'array'; readonly series: readonly TimeSeries[] }
  | { readonly kind: 'text'; readonly value: string };

/** What an expression may ask of the request it stands in. */
export interface MathContext {
  readonly window: Window;
  /** Periods that start later than this are not filled. */
  readonly now: Instant;
  /** The period of series that an expression makes out of numbers. */
  readonly period: Duration;
  /** The value of another query; undefined when there is none with this id. */
  valueFor(id: string): Value | undefined;
  /** The metrics of the request, those whose id contains the text where one is given. */
  metrics(idContains: string | undefined): readonly TimeSeries[];
  /** The series of a query with the data before the window. */
  historyOf(id: string): TimeSeries | undefined;
}

export const scalar = (value: number): Value => ({ kind: 'scalar', value });
export const single = (series: TimeSeries): Value => ({ kind: 'series', series });
export const several = (series: readonly TimeSeries[]): Value => ({ kind: 'array', series });

export function mapSeries(series: TimeSeries, change: (value: number, at: Instant) => number | undefined): TimeSeries {
  const pairs = [...pairsOf(series)].map(([at, value]) => [at, change(value, at)] as const);
  const mapped = seriesOf(series.label, series.period, pairs);
  return series.dropped ? { ...mapped, dropped: true } : mapped;
}

/** Applies a function of one number to a value, whatever its kind. */
export function lift(value: Value, change: (value: number) => number): Value {
  if (value.kind === 'scalar') return scalar(change(value.value));
  if (value.kind === 'series') return single(mapSeries(value.series, change));
  if (value.kind === 'array') return several(value.series.map((series) => mapSeries(series, change)));
  throw mathError('A text cannot be computed with');
}

/** Applies a function of two numbers: a period missing on either side is missing in the result. */
export function lift2(left: Value, right: Value, combine: (left: number, right: number) => number): Value {
  if (left.kind === 'scalar') return lift(right, (value) => combine(left.value, value));
  if (right.kind === 'scalar') return lift(left, (value) => combine(value, right.value));
  if (left.kind === 'text' || right.kind === 'text') throw mathError('A text cannot be computed with');
  if (left.kind === 'series' && right.kind === 'series') return single(join(left.series, right.series, combine));
  if (left.kind === 'array' && right.kind === 'array') {
    throw mathError('Two arrays of time series cannot be combined; reduce one of them, for example with SUM');
  }
  if (left.kind === 'array') return eachOf(left.series, (series) => lift2(single(series), right, combine));
  return right.kind === 'array' ? eachOf(right.series, (series) => lift2(left, single(series), combine)) : left;
}

/** Applies a function to each series of an array. */
export function eachOf(array: readonly TimeSeries[], change: (series: TimeSeries) => Value): Value {
  return several(
    array.map((series) => {
      const value = change(series);
      return value.kind === 'series' ? { ...value.series, label: series.label } : series;
    }),
  );
}

function join(left: TimeSeries, right: TimeSeries, combine: (left: number, right: number) => number): TimeSeries {
  const others = valuesByTime(right);
  const joined = mapSeries(left, (value, at) => {
    const other = others.get(at);
    return other === undefined ? undefined : combine(value, other);
  });
  const dropped = left.dropped === true || right.dropped === true ? { dropped: true } : {};
  return { ...joined, ...dropped, period: Math.max(left.period, right.period) };
}
