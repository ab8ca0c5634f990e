/**
 * Whether a metric has taken a step since it was calibrated: its newest level lies outside of every level that the
 * calibration saw. What was learnt of the old level (its noise, its bursts) then says little of the new one.
 */
import { type Calibration, type LevelRange, ofLaterVersion } from '../../core/calibration.ts';
import type { Evidence } from '../../core/seams.ts';
import { formatDuration } from '../../core/time.ts';
import type { MetricTick } from '../stats/filter.ts';
import { median, sum } from '../stats/ticks.ts';
import type { PlaceboPlaces } from './dose-calibration.ts';
import { gridOf } from './grid.ts';
import { isTold, type MetricShape, readMetric } from './metric.ts';

/** Ticks of which one level is taken. */
const LEVEL_TICKS = 60;
/** So far beyond what was seen, as a share of it, a level is another one. */
const MARGIN = 0.25;
/** Standard deviations of a Poisson count that are no news. */
const POISSON_SLACK = 3;

interface Level {
  /** Events per request, or the median. */
  readonly value: number;
  /** Requests it rests on; NaN for gauges. */
  readonly requests: number;
}

/** Undefined where fewer than half of the ticks were told. */
function levelOf(ticks: readonly MetricTick[], metric: MetricShape['metric']): Level | undefined {
  const told = ticks.filter(isTold);
  if (told.length < LEVEL_TICKS / 2) return undefined;
  const values = told.map(({ value }) => value);
  if (metric === 'gauge') return { value: median(values), requests: Number.NaN };
  const requests = sum(told.map((tick) => tick.requests));
  return requests > 0 ? { value: sum(values) / requests, requests } : undefined;
}

/** The lowest and the highest level of any 60 ticks side by side; undefined where there are none. */
function levelRange(ticks: readonly MetricTick[], metric: MetricShape['metric']): LevelRange | undefined {
  const levels: number[] = [];
  for (let end = ticks.length; end >= LEVEL_TICKS; end -= LEVEL_TICKS) {
    const level = levelOf(ticks.slice(end - LEVEL_TICKS, end), metric);
    if (level !== undefined) levels.push(level.value);
  }
  return levels.length === 0 ? undefined : { low: Math.min(...levels), high: Math.max(...levels) };
}

/** How far beyond a bound, either way, a level may be by chance or by little. */
function slackAt(bound: number, { requests }: Level): number {
  const chance = Number.isNaN(requests) ? 0 : (POISSON_SLACK * Math.sqrt(bound * requests) + 1) / requests;
  return Math.max(MARGIN * bound, chance);
}

const rounded = (value: number) => String(Number(value.toPrecision(3)));

/** With the range of levels that it was measured on. */
export function withLevel(
  measured: Calibration,
  { metric }: Pick<PlaceboPlaces, 'metric'>,
  shape: MetricShape,
): Calibration {
  if (measured.kind === 'uncalibrated') return measured;
  const level = levelRange(metric, shape.metric);
  return level === undefined ? measured : { ...measured, level };
}

/** For judges that are calibrated with {@link withLevel}. */
export const outdatedFor =
  (shape: MetricShape) =>
  (calibration: Calibration, evidence: Pick<Evidence, 'series' | 'deployment'>): string | undefined =>
    calibration.kind === 'calibrated'
      ? (ofLaterVersion(calibration) ?? steppedOut(calibration.level, evidence, shape))
      : undefined;

/** Why a calibration that saw this range does not fit any more what was before the deployment; undefined where it does. */
function steppedOut(
  range: LevelRange | undefined,
  { series: [series], deployment }: Pick<Evidence, 'series' | 'deployment'>,
  shape: MetricShape,
): string | undefined {
  const grid = gridOf(series, deployment.startedAt);
  if (range === undefined || series === undefined || grid === undefined) return undefined;
  const past = readMetric(series, shape, { ...grid, during: 0 }).ticks;
  const level = levelOf(past.slice(-LEVEL_TICKS), shape.metric);
  if (level === undefined) return undefined;
  const { low, high } = range;
  const isAbove = level.value > high + slackAt(high, level);
  const isBelow = level.value < low - slackAt(low, level);
  if (!isAbove && !isBelow) return undefined;
  const of = `${LEVEL_TICKS} periods of ${formatDuration(grid.period)}`;
  return `the metric took a step: ${rounded(level.value)} over the last ${of}, ${rounded(low)} to ${rounded(high)} when it was calibrated`;
}
