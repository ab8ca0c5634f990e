/** Numbers by instant as two plain arrays: thousands of questions hold them, and a Map takes several times the memory. */
import type { Instant, Window } from '../core/time.ts';
import { lastMade } from './last-made.ts';

/** Numbers by instant, in no order. */
export type Numbers = ReadonlyMap<Instant, number>;

/** Oldest first. Never changed: whoever has one keeps what it says. */
export interface Column {
  readonly at: readonly Instant[];
  readonly values: readonly number[];
}

export const EMPTY: Column = { at: [], values: [] };

/** Points in any order; of two for one instant the later one counts. */
export function columnOf(points: Iterable<readonly [Instant, number]>): Column {
  const sorted = [...new Map(points)].sort(([a], [b]) => a - b);
  return { at: sorted.map(([at]) => at), values: sorted.map(([, value]) => value) };
}

/** Index of the first instant that is not before this one. */
export function indexOf({ at }: Column, instant: Instant): number {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? instant) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Without what lies outside of the span. */
export function within(column: Column, span: Window): Column {
  const [from, to] = [indexOf(column, span.from), indexOf(column, span.to)];
  if (from === 0 && to === column.at.length) return column;
  return { at: column.at.slice(from, to), values: column.values.slice(from, to) };
}

/** The series of one answer mostly stand at the same instants. */
const instantsOf = lastMade(
  (old: readonly Instant[], from: number, to: number, fresh: readonly Instant[]): readonly Instant[] =>
    old.slice(0, from).concat(fresh, old.slice(to)),
);

/**
 * Numbers are put together here and copied out, so that a column has no room to spare and its numbers side by side: an
 * answer of the SDK has an object for each, three times the size. It begins with a fraction: V8 keeps it as numbers.
 */
const scratch: number[] = [0.5];

/** `values` with what lies between two indexes replaced by others. */
function spliced(values: readonly number[], from: number, to: number, fresh: readonly number[]): readonly number[] {
  let length = 0;
  for (let index = 0; index < from; index++) scratch[length++] = values[index] ?? Number.NaN;
  for (let index = 0; index < fresh.length; index++) scratch[length++] = fresh[index] ?? Number.NaN;
  for (let index = to; index < values.length; index++) scratch[length++] = values[index] ?? Number.NaN;
  return scratch.slice(0, length);
}

/** The same with everything in the span taken out, and the fresh numbers, which lie in it, put there. */
export function replaced(old: Column, span: Window, fresh: Column): Column {
  const [from, to] = [indexOf(old, span.from), indexOf(old, span.to)];
  const isWhole = from === 0 && to === old.at.length;
  return {
    at: isWhole ? fresh.at : instantsOf(old.at, from, to, fresh.at),
    values: spliced(old.values, from, to, fresh.values),
  };
}

/** The same column on the instants of another one, where they are equal: an expression has those of its metrics. */
export function alongside(column: Column, other: Column): Column {
  if (column.at === other.at || column.at.length !== other.at.length) return column;
  const isSame = column.at.every((at, index) => at === other.at[index]);
  return isSame ? { at: other.at, values: column.values } : column;
}

/** Without what is older than this. */
export function since(old: Column, oldest: Instant): Column {
  const from = indexOf(old, oldest);
  return from === 0 ? old : { at: instantsOf(old.at, 0, from, EMPTY.at), values: old.values.slice(from) };
}
