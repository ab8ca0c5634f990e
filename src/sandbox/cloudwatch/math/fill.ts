/** FILL: a value for each period that has none, by number, by another series, REPEAT or LINEAR. */
import type { Instant } from '../../../core/time.ts';
import { pairsOf, periodsIn, seriesOf, type TimeSeries, valuesByTime } from '../metrics/series.ts';
import { mathError } from './math-error.ts';
import { eachOf, type MathContext, single, type Value } from './value.ts';

type Filler = (at: Instant) => number | undefined;

/** REPEAT leaves what is before the first datapoint missing, LINEAR also what is after the last. */
export function fill(value: Value, by: Value | string, context: MathContext): Value {
  if (value.kind === 'array') return eachOf(value.series, (series) => fill(single(series), by, context));
  if (value.kind !== 'series') throw mathError('FILL needs a time series or an array of them');
  const { series } = value;
  const known = valuesByTime(series);
  const filler = fillerOf(series, by, context);
  const window = { from: context.window.from, to: Math.min(context.window.to, context.now + 1) };
  const filled = Iterator.from(periodsIn(window, series.period)).map(
    (at) => [at, known.get(at) ?? filler(at)] as const,
  );
  return single(seriesOf(series.label, series.period, filled));
}

function fillerOf(series: TimeSeries, by: Value | string, context: MathContext): Filler {
  if (by === 'REPEAT') return repeat(series);
  if (by === 'LINEAR') return linear(series);
  const value = typeof by === 'string' ? context.valueFor(by) : by;
  if (value?.kind === 'scalar') return () => value.value;
  if (value?.kind === 'series') {
    const others = valuesByTime(value.series);
    return (at) => others.get(at);
  }
  throw mathError('FILL fills with a number, a time series, REPEAT or LINEAR');
}

/** Asked in ascending order, so one walk along the series is enough. */
function repeat(series: TimeSeries): Filler {
  let next = 0;
  let last: number | undefined;
  return (at) => {
    while (next < series.at.length && (series.at[next] ?? at) < at) {
      last = series.values[next];
      next += 1;
    }
    return last;
  };
}

function linear(series: TimeSeries): Filler {
  const pairs = [...pairsOf(series)];
  let next = 0;
  return (at) => {
    while (next < pairs.length && (pairs[next]?.[0] ?? at) < at) next += 1;
    const before = pairs[next - 1];
    const after = pairs[next];
    if (before === undefined || after === undefined) return undefined;
    return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]);
  };
}
