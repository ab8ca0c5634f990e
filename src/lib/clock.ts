/** The clock everything outside core/ lives by: real, accelerated (sandbox and demo) or driven (tests). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Duration, Instant } from '../core/time.ts';

export interface Clock {
  /** How many clock seconds pass in one real second; 1 for the real clock. */
  readonly speed: number;
  /** The time of day. It may be put forward or back: for a length of time there is `elapsed`. */
  now(): Instant;
  /** Clock time since some instant; never goes back. Limits, budgets and caches live by it. */
  elapsed(): Duration;
  /** Resolves after a length of clock time; rejects with the signal's reason when aborted. */
  sleep(duration: Duration, signal?: AbortSignal): Promise<void>;
}

/** Node's timers fire at once above 2^31-1 ms; longer sleeps are cut into pieces. */
const LONGEST_TIMER = 2 ** 31 - 1;

async function sleepReal(duration: Duration, signal?: AbortSignal): Promise<void> {
  let rest = Math.max(0, duration);
  do {
    const piece = Math.min(rest, LONGEST_TIMER);
    await delay(piece, undefined, signal ? { signal } : {});
    rest -= piece;
  } while (rest > 0);
}

export function systemClock(): Clock {
  return { speed: 1, now: () => Date.now(), elapsed: () => performance.now(), sleep: sleepReal };
}

/**
 * A clock that ran from `origin` since the real instant `realOrigin`, `speed` times as fast as real time. Two processes
 * that are given the same three numbers agree on the time.
 */
export function acceleratedClock(options: { origin: Instant; realOrigin: Instant; speed: number }): Clock {
  const { origin, realOrigin, speed } = options;
  return {
    speed,
    now: () => Math.floor(origin + (Date.now() - realOrigin) * speed),
    elapsed: () => performance.now() * speed,
    sleep: (duration, signal) => sleepReal(duration / speed, signal),
  };
}

export interface DrivenClock extends Clock {
  /** Sets the time to `at` or later, waking sleepers in order; between two wake-ups `settle` is awaited. */
  advanceTo(at: Instant): Promise<void>;
  advance(duration: Duration): Promise<void>;
}

interface Sleeper {
  readonly at: Instant;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is driven. `settle` is awaited before and after each wake-up, so that what a sleeper starts has
 * come to rest before time goes on; give one that waits until no request is under way.
 */
export function drivenClock(origin: Instant, settle: () => Promise<void> = turns): DrivenClock {
  let now = origin;
  const sleepers = new Set<Sleeper>();
  const earliest = (until: Instant) => [...sleepers].filter((s) => s.at <= until).sort((a, b) => a.at - b.at)[0];
  const clock: DrivenClock = {
    speed: 1,
    now: () => now,
    elapsed: () => now - origin,
    sleep: (duration, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const finish = (end: () => void) => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          end();
        };
        const onAbort = () => finish(() => reject(signal?.reason));
        const sleeper: Sleeper = { at: now + Math.max(0, duration), wake: () => finish(resolve) };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
      }),
    async advanceTo(at) {
      await settle();
      for (let next = earliest(at); next !== undefined; next = earliest(at)) {
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = Math.max(now, at);
      await settle();
    },
    advance: (duration) => clock.advanceTo(now + duration),
  };
  return clock;
}

/** A few turns of the event loop: enough for promises and immediates that are already due. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
