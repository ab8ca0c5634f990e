/** From when on held numbers became others, so that who has read them need not read them again from the beginning. */
import type { Instant, Window } from '../core/time.ts';
import { type Column, indexOf } from './column.ts';
import { lastMade } from './last-made.ts';

/** Never changed: whoever has one knows how things stood then. */
export interface Changes {
  /** The same for all that became of one, and of no other. */
  readonly origin: number;
  /** Changes since the origin. */
  readonly count: number;
  /** From when on each of the last few changed something, oldest first. */
  readonly last: readonly Instant[];
}

/** A reader comes by once a period; one who missed more than this reads everything. */
const KEPT = 8;

const NONE: readonly Instant[] = [];
let origins = 0;

export function firstChanges(): Changes {
  origins++;
  return { origin: origins, count: 0, last: NONE };
}

/** concat, not a spread: it keeps numbers side by side. */
const withOneMore = lastMade((old: readonly Instant[], from: Instant): readonly Instant[] =>
  old.slice(1 - KEPT).concat(from),
);

/** After a change from an instant on; Infinity is none. */
export function noted(changes: Changes, from: Instant): Changes {
  if (from === Number.POSITIVE_INFINITY) return changes;
  const { origin, count, last } = changes;
  return { origin, count: count + 1, last: withOneMore(last, from) };
}

/** Everything before this instant is now what it was then; −∞ where that is not known. */
export function unchangedUntil(now: Changes, then: Changes): Instant {
  const missed = now.count - then.count;
  if (now.origin !== then.origin || missed < 0 || missed > now.last.length) return Number.NEGATIVE_INFINITY;
  return missed === 0 ? Number.POSITIVE_INFINITY : Math.min(...now.last.slice(-missed));
}

/** Without Object.is, which would make an object of each number. */
function isSame(one: number | undefined, other: number | undefined): boolean {
  return one === other || (Number.isNaN(one) && Number.isNaN(other));
}

/** The first instant at which the numbers of a span differ from those to be put in their place; Infinity where none does. */
export function changedFrom(old: Column, span: Window, fresh: Column): Instant {
  const [begin, end] = [indexOf(old, span.from), indexOf(old, span.to)];
  const length = Math.min(end - begin, fresh.at.length);
  let index = 0;
  while (index < length && old.at[begin + index] === fresh.at[index]) {
    if (!isSame(old.values[begin + index], fresh.values[index])) break;
    index++;
  }
  const before = begin + index < end ? old.at[begin + index] : undefined;
  return Math.min(before ?? Number.POSITIVE_INFINITY, fresh.at[index] ?? Number.POSITIVE_INFINITY);
}
