/** Numbers by instant as two plain arrays: thousands of questions hold them, and a Map takes several times the memory. */
import type { Instant, Window } from '../core/time.ts';

export type Numbers = ReadonlyMap<Instant, number>;

/** Oldest first. Never changed: whoever has one keeps what it says. */
export interface Column {
  readonly at: readonly Instant[];
  readonly values: readonly number[];
}

export const EMPTY: Column = { at: [], values: [] };

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

/** The same with everything in the span taken out, and the fresh numbers, which lie in it, put there. */
export function replaced(old: Column, span: Window, fresh: Numbers): Column {
  const [from, to] = [indexOf(old, span.from), indexOf(old, span.to)];
  const points = [...fresh].sort(([a], [b]) => a - b);
  const ats = points.map(([at]) => at);
  const values = points.map(([, value]) => value);
  // concat, not a spread: it keeps numbers side by side, where a spread makes an object of each.
  return {
    at: old.at.slice(0, from).concat(ats, old.at.slice(to)),
    values: old.values.slice(0, from).concat(values, old.values.slice(to)),
  };
}

/** The same column on the instants of another one, where they are equal: an expression has those of its metrics. */
export function alongside(column: Column, other: Column): Column {
  const isSame = column.at.length === other.at.length && column.at.every((at, index) => at === other.at[index]);
  return isSame ? { at: other.at, values: column.values } : column;
}

/** Without what is older than this. */
export function since(old: Column, oldest: Instant): Column {
  const from = indexOf(old, oldest);
  return from === 0 ? old : { at: old.at.slice(from), values: old.values.slice(from) };
}
