/** A metric that grows tick by tick: what of it was read before is not read again, unless it is another one now. */
import type { Series } from '../../core/series.ts';
import type { Instant } from '../../core/time.ts';
import { HISTORY_TICKS } from '../stats/defaults.ts';
import type { MetricTick } from '../stats/filter.ts';
import type { Grid } from './grid.ts';
import { type Datapoints, firstDatapoint, isTold, type MetricShape, metricTicks, unknownInputs } from './metric.ts';

export interface MetricSoFar {
  readonly series: Series;
  readonly grid: Grid;
  /** Before the deployment. The very same array for as long as it says the same. */
  readonly history: readonly MetricTick[];
  /** Of the last 180 ticks of history, how many the store told. */
  readonly told: number;
  /**
   * Since the deployment began, of which `grid.during` count: what follows was read by a later look. The very same array
   * for as long as it only grows, which is done here and nowhere else: what it says of a tick never changes.
   */
  readonly ticks: MetricTick[];
  /** Begin of the store's first datapoint; Infinity when it has none. */
  readonly first: Instant;
  /** Names of the options that the source does not answer. */
  readonly missing: readonly string[];
}

const same = (a: MetricTick | undefined, b: MetricTick | undefined): boolean =>
  a !== undefined && b !== undefined && Object.is(a.value, b.value) && Object.is(a.requests, b.requests);

const sameTicks = (a: readonly MetricTick[], b: readonly MetricTick[]): boolean =>
  a === b || (a.length === b.length && a.every((tick, index) => same(tick, b[index])));

/**
 * `before` with what `news` say from a tick on: grown in place where nothing of it has changed, which nobody notices who
 * counts; a new array otherwise.
 */
function goneOn(before: MetricTick[], from: number, news: readonly MetricTick[]): MetricTick[] {
  const known = news.slice(0, Math.max(0, before.length - from));
  const differs = known.findIndex((tick, index) => !same(tick, before[from + index]));
  if (differs >= 0) return [...before.slice(0, from + differs), ...news.slice(differs)];
  for (const tick of news.slice(known.length)) before.push(tick);
  return before;
}

function whole(before: MetricSoFar | undefined, series: Series, shape: MetricShape, grid: Grid): MetricSoFar {
  const datapoints: Datapoints = { points: series.points, inputs: series.inputs };
  const all = metricTicks(datapoints, shape, grid);
  const past = all.slice(0, grid.history);
  const history = before !== undefined && sameTicks(before.history, past) ? before.history : past;
  const told = history === before?.history ? before.told : past.slice(-HISTORY_TICKS).filter(isTold).length;
  const ticks = goneOn(before?.ticks ?? [], 0, all.slice(grid.history));
  const first = firstDatapoint(datapoints);
  return { series, grid, history, told, ticks, first, missing: unknownInputs(datapoints, shape) };
}

/** Undefined when it takes more than the newest ticks. */
function onwards(before: MetricSoFar, series: Series, shape: MetricShape, grid: Grid): MetricSoFar | undefined {
  const { from, period, history } = before.grid;
  if (from !== grid.from || period !== grid.period || history !== grid.history) return undefined;
  const until = series.sameUntil?.(before.series) ?? Number.NEGATIVE_INFINITY;
  const zero = from + history * period;
  if (until < zero || series.tail === undefined) return undefined;
  const tick = Math.min(before.ticks.length, grid.during, Math.floor((until - zero) / period));
  const begin = zero + tick * period;
  const tail = series.tail(begin);
  const first = before.first < begin ? before.first : firstDatapoint(tail);
  const any = first < Number.POSITIVE_INFINITY;
  // The first datapoint of all makes periods of before count as none.
  if (any !== before.first < Number.POSITIVE_INFINITY) return undefined;
  const news = metricTicks(tail, shape, { from: begin, period, history: 0, during: grid.during - tick }, any);
  const ticks = goneOn(before.ticks, tick, news);
  return { ...before, series, grid, ticks, first, missing: unknownInputs(tail, shape) };
}

/**
 * Reads a series on from what was read of the same deployment before, in time that does not grow with the deployment
 * where the source can tell what changed. The same series always gives the same, whatever was read before.
 */
export function readOn(before: MetricSoFar | undefined, series: Series, shape: MetricShape, grid: Grid): MetricSoFar {
  return (before && onwards(before, series, shape, grid)) ?? whole(before, series, shape, grid);
}

/** The newest of the ticks that count, at most so many. */
export function newestTicks({ ticks, grid }: MetricSoFar, count: number): readonly MetricTick[] {
  return ticks.slice(Math.max(0, grid.during - count), grid.during);
}
