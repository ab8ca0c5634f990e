/** Asks nothing of who has said that nothing is left, until the time they named is over. */
import { FailureError } from '../core/failure.ts';
import type { Clock } from '../lib/clock.ts';

export interface Pauses {
  /** Throws FailureError `throttled` while a pause lasts. */
  check(key: string, what: string): void;
  /** Takes note that nothing is left for so many seconds. */
  pause(key: string, seconds: number): void;
}

const LONGEST = 3_600;

export function pauses(clock: Clock): Pauses {
  const until = new Map<string, number>();
  return {
    check(key, what) {
      const rest = (until.get(key) ?? 0) - clock.elapsed();
      if (rest <= 0) return;
      const message = `${what}: its rate limit is used up for ${Math.ceil(rest / 1_000)} s more`;
      throw new FailureError({ reason: 'throttled', retryable: true, message });
    },
    pause(key, seconds) {
      if (seconds > 0) until.set(key, clock.elapsed() + Math.min(seconds, LONGEST) * 1_000);
    },
  };
}
