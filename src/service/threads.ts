/** The threads that notifiers began, remembered over a restart by the journal. */
import type { WatchdogEvent } from '../core/event.ts';
import { type BoundedMap, boundedMap } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import type { Threads } from '../lib/notifier-deps.ts';

export interface ThreadBook {
  of(notifier: string): Threads;
  /** Takes up what a former life began, oldest first. */
  learn(events: readonly WatchdogEvent[]): void;
}

/** Deployments whose first message is remembered, by notifier. */
const MOST_THREADS = 1_000;

export function threadBook(clock: Clock, record: (event: WatchdogEvent) => void): ThreadBook {
  const known = new Map<string, BoundedMap<string, string>>();
  const idsOf = (notifier: string) => {
    const ids = known.get(notifier) ?? boundedMap<string, string>(MOST_THREADS);
    known.set(notifier, ids);
    return ids;
  };
  return {
    of: (notifier) => ({
      of: (thread) => idsOf(notifier).get(thread),
      began(thread, id) {
        idsOf(notifier).set(thread, id);
        record({ kind: 'thread-opened', at: clock.now(), notifier, thread, id });
      },
    }),
    learn(events) {
      for (const event of events) if (event.kind === 'thread-opened') idsOf(event.notifier).set(event.thread, event.id);
    },
  };
}
