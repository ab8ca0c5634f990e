/** The ticks of a deployment and of what was before it, as statistical judges count them: only settled ones. */
import type { Point, Series } from '../../core/series.ts';
import type { Duration, Instant } from '../../core/time.ts';

export interface Grid {
  /** Start of the first tick of history. */
  readonly from: Instant;
  readonly period: Duration;
  /** Ticks before the one in which the deployment began. */
  readonly history: number;
  /** Ticks since then that have settled. */
  readonly during: number;
}

/** Start of the tick in which the deployment began: its tick 0. */
export const tickZero = (startedAt: Instant, period: Duration): Instant => Math.floor(startedAt / period) * period;

/** Undefined for a series without periods. */
export function gridOf(series: Series | undefined, startedAt: Instant): Grid | undefined {
  if (series === undefined || !(series.period > 0)) return undefined;
  const { period } = series;
  const zero = tickZero(startedAt, period);
  const from = Math.min(Math.ceil(series.from / period) * period, zero);
  const settled = Math.floor(series.settledUntil / period) * period;
  return { from, period, history: (zero - from) / period, during: Math.max(0, (settled - zero) / period) };
}

/** One number for each tick of the grid; NaN where there is none or it has not settled. */
export function columnOf(points: readonly Point[], { from, period, history, during }: Grid): readonly number[] {
  const column = new Array<number>(history + during).fill(Number.NaN);
  for (const { at, value, settled } of points) {
    const tick = (at - from) / period;
    if (settled && Number.isInteger(tick) && tick >= 0 && tick < column.length && Number.isFinite(value)) {
      column[tick] = value;
    }
  }
  return column;
}
