/** Everything that is held, by question; what nobody used for an hour is forgotten. */
import type { Duration, Instant, Window } from '../../core/time.ts';
import { emptyHeld, type Held, isWhole, lookedAt, oldestUsed, trim, UNUSED } from './held.ts';
import { alignDown } from './limits.ts';
import type { Question } from './question.ts';

const SWEEP: Duration = 300_000;
const MOST_HELD = 5_000;

export interface Store {
  /** What is held for a question under one settle time; an empty one when nothing is. */
  of(question: Question, settle: Duration, stretch: Window, now: Instant): Held;
  readonly size: number;
}

/** A value that depends on the whole window is only worth something for that window. */
function windowKey(question: Question, settle: Duration, stretch: Window, now: Instant): string {
  if (!isWhole(question)) return '';
  const past = stretch.to <= now - settle;
  return past ? `${stretch.from}-${stretch.to}` : `${stretch.from}-`;
}

export function store(): Store {
  const all = new Map<string, Held>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  const sweep = (now: Instant) => {
    if (now - sweptAt < SWEEP && all.size <= MOST_HELD) return;
    sweptAt = now;
    for (const [key, held] of all) {
      if (now - held.usedAt >= UNUSED) all.delete(key);
      else trim(held, alignDown(oldestUsed(held), held.question.period));
    }
    // Insertion order is order of use: the first are those that were used longest ago.
    for (const key of all.keys()) {
      if (all.size <= MOST_HELD) break;
      all.delete(key);
    }
  };
  return {
    get size() {
      return all.size;
    },
    of(question, settle, stretch, now) {
      const key = JSON.stringify([question.key, settle, windowKey(question, settle, stretch, now)]);
      const known = all.get(key);
      // A clock that was put back: what was taken for final then may not have happened yet.
      const held = known === undefined || known.usedAt > now ? emptyHeld(question, settle, now) : known;
      lookedAt(held, stretch.from, now);
      all.delete(key);
      all.set(key, held);
      sweep(now);
      return held;
    },
  };
}
