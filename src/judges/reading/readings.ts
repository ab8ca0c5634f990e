/** What each period of a series counts as for the threshold judge: fine, breaching, missing or not yet to be judged. */
import type { Evidence } from '../../core/seams.ts';
import type { Columns, Series } from '../../core/series.ts';
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
function stateOf(value: number, settled: boolean, growing: boolean, bounds: Bounds): Reading['state'] {
  if (settled) return outside(value, bounds) ? 'breaching' : 'fine';
  const certain = growing && bounds.above !== undefined && value > bounds.above;
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

/** Columns, and for each of them whether it is settled where the end of its period does not tell. */
interface Numbers extends Columns {
  readonly settled?: readonly boolean[];
}

function numbersOf(series: Series): Numbers {
  const { points } = series;
  return {
    at: points.map(({ at }) => at),
    values: points.map(({ value }) => value),
    settled: points.map(({ settled }) => settled),
    ...{ begin: 0, end: points.length },
  };
}

/**
 * One reading per period, oldest first, from the first period asked for to the last that is settled or has a point; of
 * them the newest so many. A value that is not a finite number is missing.
 */
export function readings(
  evidence: Evidence,
  bounds: Bounds,
  warmup: Duration,
  newest = Number.POSITIVE_INFINITY,
): readonly Reading[] {
  const series = evidence.series[0];
  if (series === undefined || !(series.period > 0)) return [];
  const { period, settledUntil, growing } = series;
  const { startedAt } = evidence.deployment;
  const { at: instants, values, begin, end, settled: told }: Numbers = series.columns?.() ?? numbersOf(series);
  const lastPoint = end > begin ? (instants[end - 1] ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY;
  const last = Math.max(Math.floor(settledUntil / period) * period - period, lastPoint);
  const first = Math.max(Math.ceil(series.from / period) * period, (Math.floor(last / period) - newest + 1) * period);
  const result: Reading[] = [];
  let next = begin;
  for (let at = first; at <= last; at += period) {
    // Both go forward: nothing is looked up, where ten thousand series are read a minute.
    while (next < end && (instants[next] ?? at) < at) next++;
    const value = next < end && instants[next] === at ? values[next] : undefined;
    const isOver = at + period <= settledUntil;
    const side = sideOf(at, period, startedAt, warmup);
    if (value !== undefined && Number.isFinite(value)) {
      const settled = told?.[next] ?? isOver;
      result.push({ at, value, settled, state: stateOf(value, settled, growing, bounds), side });
    } else {
      result.push({ at, settled: isOver, state: isOver ? MISSING[evidence.noData] : 'pending', side });
    }
  }
  return result;
}
