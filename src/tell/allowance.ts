/** How many notices a channel may be given now: so many at once, and so many a minute after that. */
import type { Severity } from '../core/notice.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';

export interface Allowance {
  /** Whether one more may go; what is critical may go into debt, by as much again. */
  take(severity: Severity): boolean;
}

export const BURST = 20;
const EVERY: Duration = 3_000;

export function allowance(clock: Clock): Allowance {
  let left = BURST;
  let countedAt = clock.elapsed();
  return {
    take(severity) {
      const now = clock.elapsed();
      left = Math.min(BURST, left + (now - countedAt) / EVERY);
      countedAt = now;
      if (left < (severity === 'critical' ? 1 - BURST : 1)) return false;
      left -= 1;
      return true;
    },
  };
}
