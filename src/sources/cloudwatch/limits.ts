/** The limits of GetMetricData, and how far back each period is kept. */
import type { Duration, Instant, Window } from '../../core/time.ts';
import { alignDown, alignUp } from '../../lib/periods.ts';

/** MetricDataQuery structures in one call. */
export const MOST_QUERIES = 500;
/** Datapoints in one call. */
export const MOST_DATAPOINTS = 100_800;

const MINUTE: Duration = 60_000;
const DAY: Duration = 86_400_000;

/** CloudWatch gives nothing older for this period: 3 h below a minute, then 15, 63 and 455 days. */
function retention(period: Duration): Duration {
  if (period % (60 * MINUTE) === 0) return 455 * DAY;
  if (period % (5 * MINUTE) === 0) return 63 * DAY;
  return period % MINUTE === 0 ? 15 * DAY : 3 * 60 * MINUTE;
}

/**
 * The stretch to ask for a window: whole periods, none older than the store keeps, none that is not over yet unless
 * partial periods are wanted. CloudWatch rounds a start down to 1 min, 5 min (15 days back) or 1 h (63 days back); a
 * start on the period's own grid already lies on those.
 */
export function stretchOf(window: Window, period: Duration, now: Instant, partial: boolean): Window {
  // One period less than is kept: the store's edge moves on while the call is under way.
  const oldest = alignUp(now - retention(period), period) + period;
  const newest = partial ? alignUp(now, period) : alignDown(now, period);
  const from = Math.max(alignDown(window.from, period), oldest);
  return { from, to: Math.max(from, Math.min(alignUp(window.to, period), newest)) };
}
