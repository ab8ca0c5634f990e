/** A token bucket on the program's clock, so that quotas hold on an accelerated clock as they do on the real one. */
import type { Clock } from './clock.ts';

export interface RateLimit {
  /** Waits for a turn, first come first served; rejects with the signal's reason when aborted. */
  turn(signal: AbortSignal): Promise<void>;
}

/** `perSecond` turns a second of clock time on average, at most `burst` at once. */
export function rateLimit(clock: Clock, perSecond: number, burst = perSecond): RateLimit {
  /** When (in elapsed time) the bucket would be full; each turn pushes it on by one interval. */
  let fullAt = Number.NEGATIVE_INFINITY;
  const interval = 1_000 / perSecond;
  return {
    async turn(signal) {
      signal.throwIfAborted();
      const now = clock.elapsed();
      fullAt = Math.max(fullAt, now) + interval;
      const wait = fullAt - now - burst * interval;
      if (wait <= 0) return;
      await clock.sleep(wait, signal).catch((error: unknown) => {
        // A turn that was given up is given back: those who come after a reload do not queue behind nobody.
        fullAt -= interval;
        throw error;
      });
    },
  };
}
