/** A token bucket on the program's clock, so that quotas hold on an accelerated clock as they do on the real one. */
import type { Duration } from '../core/time.ts';
import type { Clock } from './clock.ts';
import { linked } from './linked.ts';

export interface RateLimit {
  /**
   * Waits for a turn, first come first served; rejects with the signal's reason when aborted. Once `hurry` resolves it
   * waits no longer: the turn it had is used up all the same, so that the average stays what it was.
   */
  turn(signal: AbortSignal, hurry?: Promise<void>): Promise<void>;
}

/** Sleeps until it is over or hurried, whichever is first; leaves no timer behind. */
async function hurriedSleep(
  clock: Clock,
  wait: Duration,
  signal: AbortSignal,
  hurry: Promise<void> | undefined,
): Promise<void> {
  if (hurry === undefined) return clock.sleep(wait, signal);
  using awake = linked(signal);
  const slept = clock.sleep(wait, awake.signal);
  try {
    await Promise.race([slept, hurry]);
  } finally {
    slept.catch(() => {});
    awake.abort();
  }
}

/** `perSecond` turns a second of clock time on average, at most `burst` at once. */
export function rateLimit(clock: Clock, perSecond: number, burst = perSecond): RateLimit {
  /** When (in elapsed time) the bucket would be full; each turn pushes it on by one interval. */
  let fullAt = Number.NEGATIVE_INFINITY;
  const interval = 1_000 / perSecond;
  return {
    async turn(signal, hurry) {
      signal.throwIfAborted();
      const now = clock.elapsed();
      fullAt = Math.max(fullAt, now) + interval;
      const wait = fullAt - now - burst * interval;
      if (wait <= 0) return;
      await hurriedSleep(clock, wait, signal, hurry).catch((error: unknown) => {
        // A turn that was given up is given back: those who come after a reload do not queue behind nobody.
        fullAt -= interval;
        throw error;
      });
    },
  };
}
