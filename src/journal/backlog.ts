/** What waits to be written while the journal file cannot take it: bounded, in order, counting what it had to drop. */
import type { WatchdogEvent } from '../core/event.ts';

export interface Backlog {
  push(event: WatchdogEvent): void;
  /** The oldest ones, at most `count`. */
  first(count: number): readonly WatchdogEvent[];
  /** Forgets the oldest ones: they are written. */
  drop(count: number): void;
  size(): number;
  /** How many events were dropped since {@link Backlog.settle}. */
  lost(): number;
  /** The loss has been recorded. */
  settle(): void;
}

/** When full, the oldest verdict goes first, since verdicts can be computed anew; after those the oldest of any kind. */
export function backlog(capacity: number): Backlog {
  const waiting: WatchdogEvent[] = [];
  let lost = 0;
  return {
    push(event) {
      waiting.push(event);
      if (waiting.length <= capacity) return;
      const verdict = waiting.findIndex(({ kind }) => kind === 'rule-judged');
      waiting.splice(Math.max(0, verdict), 1);
      lost++;
    },
    first: (count) => waiting.slice(0, count),
    drop: (count) => {
      waiting.splice(0, count);
    },
    size: () => waiting.length,
    lost: () => lost,
    settle: () => {
      lost = 0;
    },
  };
}
