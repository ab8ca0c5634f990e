/** Series written down tick by tick, by the names of an expression. */
import type { Evidence } from '../../../src/core/seams.ts';
import type { Point, Series } from '../../../src/core/series.ts';
import { evidenceOf, linearAt, MINUTE, START } from './traffic.ts';

/** `before`: how many of the ticks lie before the deployment. */
export function ticksOf(inputs: Readonly<Record<string, readonly number[]>>, before = 0): Series {
  const from = START - before * MINUTE;
  const points = (values: readonly number[]): readonly Point[] =>
    values.flatMap((value, tick) => (Number.isNaN(value) ? [] : [{ at: from + tick * MINUTE, value, settled: true }]));
  const [first = []] = Object.values(inputs);
  const made = Object.entries(inputs).map(([name, values]) => [name, points(values)] as const);
  return {
    ...{ query: 'the query', from, period: MINUTE, points: points(first), growing: false },
    settledUntil: from + first.length * MINUTE,
    inputs: Object.fromEntries(made),
  };
}

/** A deployment that takes as many minutes as there are ticks. */
export function during(series: Series, change: Partial<Evidence> = {}): Evidence {
  const minutes = Math.round((series.settledUntil - START) / MINUTE);
  const deployment = linearAt(minutes, { durationMinutes: minutes, bakeMinutes: 0 });
  return evidenceOf(series, minutes, { deployment, ...change });
}
