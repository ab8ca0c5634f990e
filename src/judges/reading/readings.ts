/** What each period of a series counts as for the threshold judge: fine, breaching, missing or not yet to be judged. */
import type { Evidence } from '../../core/seams.ts';
import type { Point, Series } from '../../core/series.ts';
import type { Duration, Instant } from '../../core/time.ts';

export interface Bounds {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

export interface Reading {
  /** Start of the period. */
  readonly at: Instant;
  readonly value?: number;
  readonly settled: boolean;
  /** `pending`: the period may still change and says nothing yet. */
  readonly state: 'fine' | 'breaching' | 'missing' | 'pending';
  /** Where the period lies: over `before` the deployment, `straddling` its start, in its `warmup`, or `during` it. */
  readonly side: 'before' | 'straddling' | 'warmup' | 'during';
}

function outside(value: number, bounds: Bounds): boolean {
  return (bounds.above !== undefined && value > bounds.above) || (bounds.below !== undefined && value < bounds.below);
}

/** An unsettled value that can only grow already proves `above`; it proves nothing else. */
function stateOf(point: Point, series: Series, bounds: Bounds): Reading['state'] {
  if (point.settled) return outside(point.value, bounds) ? 'breaching' : 'fine';
  const certain = series.growing && bounds.above !== undefined && point.value > bounds.above;
  return certain ? 'breaching' : 'pending';
}

const MISSING: Readonly<Record<Evidence['noData'], Reading['state']>> = {
  healthy: 'fine',
  breached: 'breaching',
  inconclusive: 'missing',
};

function sideOf(at: Instant, period: Duration, startedAt: Instant, warmup: Duration): Reading['side'] {
  if (at >= startedAt + warmup) return 'during';
  if (at >= startedAt) return 'warmup';
  return at + period <= startedAt ? 'before' : 'straddling';
}

/**
 * One reading per period, oldest first, from the first period asked for to the last that is settled or has a point.
 * A value that is not a finite number is missing.
 */
export function readings(evidence: Evidence, bounds: Bounds, warmup: Duration): readonly Reading[] {
  const series = evidence.series[0];
  if (series === undefined || !(series.period > 0)) return [];
  const { period } = series;
  const { startedAt } = evidence.deployment;
  const { points } = series;
  const lastPoint = points.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const last = Math.max(Math.floor(series.settledUntil / period) * period - period, lastPoint);
  const result: Reading[] = [];
  let next = 0;
  for (let at = Math.ceil(series.from / period) * period; at <= last; at += period) {
    // Both go forward: nothing is looked up, where ten thousand series are read a minute.
    while ((points[next]?.at ?? Number.POSITIVE_INFINITY) < at) next++;
    const candidate = points[next];
    const point = candidate?.at === at && Number.isFinite(candidate.value) ? candidate : undefined;
    const side = sideOf(at, period, startedAt, warmup);
    if (point !== undefined) {
      result.push({ at, value: point.value, settled: point.settled, state: stateOf(point, series, bounds), side });
    } else {
      const settled = at + period <= series.settledUntil;
      result.push({ at, settled, state: settled ? MISSING[evidence.noData] : 'pending', side });
    }
  }
  return result;
}
