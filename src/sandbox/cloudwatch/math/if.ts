/** IF: one of two values, period by period. */
import type { Instant } from '../../../core/time.ts';
import { valuesByTime } from '../metrics/series.ts';
import { mathError } from './math-error.ts';
import { mapSeries, single, type Value } from './value.ts';

/** Zero is false, anything else true; a period without a condition, or whose chosen side is missing, is missing. */
export function choose(condition: Value, yes: Value, no: Value): Value {
  if (condition.kind === 'scalar') return condition.value !== 0 ? yes : no;
  if (condition.kind !== 'series') throw mathError('IF needs a time series or a number as its condition');
  const [onTrue, onFalse] = [lookup(yes), lookup(no)];
  const label = yes.kind === 'series' ? yes.series.label : condition.series.label;
  const chosen = mapSeries(condition.series, (value, at) => (value !== 0 ? onTrue(at) : onFalse(at)));
  return single({ ...chosen, label });
}

function lookup(value: Value): (at: Instant) => number | undefined {
  if (value.kind === 'scalar') return () => value.value;
  if (value.kind !== 'series') throw mathError('IF gives a time series or a number, not an array or a text');
  const values = valuesByTime(value.series);
  return (at) => values.get(at);
}
