/** How CloudWatch rounds the start of a request: coarser the older it is. */
import type { Duration, Instant, Window } from '../../../core/time.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Rounds down to the period where it is below a minute, else to 1 min (under 15 days), 5 min (under 63 days), 1 h. */
export function roundStart(window: Window, now: Instant, period: Duration): Window {
  const age = now - window.from;
  const byAge = age < 15 * DAY ? MINUTE : age < 63 * DAY ? 5 * MINUTE : 60 * MINUTE;
  const grain = period < MINUTE ? period : byAge;
  return { from: Math.floor(window.from / grain) * grain, to: window.to };
}
