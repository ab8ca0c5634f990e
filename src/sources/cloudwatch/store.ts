/** Everything that is held, by question; what nobody used for an hour is forgotten, sooner when there is much of it. */
import type { Duration, Instant, Window } from '../../core/time.ts';
import { alignDown } from '../../lib/periods.ts';
import { emptyHeld, type Held, isWhole, lookedAt, oldestUsed, trim, UNUSED } from './held.ts';
import type { Question } from './question.ts';

const SWEEP: Duration = 300_000;
/** Beyond so many, what nobody used lately is forgotten before its hour is over. What is in use is held however much it is. */
const MANY = 5_000;
const IN_USE: Duration = 600_000;

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
  /** What a question was answered out of last, so that its long key need not be put together at every poll. */
  const recent = new WeakMap<Question, Held>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sweepBeyond = MANY;
  const sweep = (now: Instant) => {
    if (now - sweptAt < SWEEP && all.size <= sweepBeyond) return;
    sweptAt = now;
    for (const [key, held] of all) {
      if (now - held.usedAt >= UNUSED) all.delete(key);
      else trim(held, alignDown(oldestUsed(held), held.question.period));
    }
    if (all.size > MANY) {
      const unused = [...all].filter(([, { usedAt }]) => now - usedAt >= IN_USE);
      const longestAgo = unused.sort(([, a], [, b]) => a.usedAt - b.usedAt).slice(0, all.size - MANY);
      for (const [key] of longestAgo) all.delete(key);
    }
    sweepBeyond = Math.max(MANY, 2 * all.size);
  };
  return {
    get size() {
      return all.size;
    },
    of(question, settle, stretch, now) {
      const last = recent.get(question);
      if (last?.settle === settle && last.usedAt <= now && all.get(last.key) === last) {
        lookedAt(last, stretch.from, now);
        sweep(now);
        return last;
      }
      // Joined, it is one piece of memory, and not the tree of its parts.
      const key = [question.key, settle, windowKey(question, settle, stretch, now)].join(' ');
      const known = all.get(key);
      // A clock that was put back: what was taken for final then may not have happened yet.
      const held = known === undefined || known.usedAt > now ? emptyHeld(key, question, settle, now) : known;
      lookedAt(held, stretch.from, now);
      all.set(key, held);
      if (!isWhole(question)) recent.set(question, held);
      sweep(now);
      return held;
    },
  };
}
