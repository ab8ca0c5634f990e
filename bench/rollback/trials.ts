/** All deployments of one series: those to calibrate on, those without an effect, and those with one. */
import { eligibleStarts } from '../../src/judges/stats/placebo-starts.ts';
import { at } from '../../src/judges/stats/ticks.ts';
import { type Chance, drawn } from './random.ts';
import { type BenchSeries, changed, laggedExposure, plainTrial, TICKS, type Trial } from './trial.ts';

export interface Trials {
  readonly series: BenchSeries;
  /** In the first half of the series. */
  readonly placebos: readonly Trial[];
  /** In the second half, without an effect. */
  readonly harmless: readonly Trial[];
  /** In the second half, for each rate ratio. */
  readonly harmful: ReadonlyMap<number, readonly Trial[]>;
}

export interface Placements {
  readonly calibration: readonly number[];
  readonly evaluation: readonly number[];
  readonly effect: readonly number[];
  /** For each rate ratio the poll lag of each effect placement. */
  readonly lag: Readonly<Record<string, readonly number[]>>;
  /** For counts and each rate ratio the events that an effect placement adds to each tick. */
  readonly added?: Readonly<Record<string, readonly (readonly number[])[]>> | undefined;
}

const SIZES = { calibration: 600, evaluation: 300, effect: 150 };
const CLEAN_BEFORE = 60;

/** A deployment that makes the metric of exposed clients `rateRatio` times what it was. */
function harmfulTrial(
  series: BenchSeries,
  start: number,
  rateRatio: number,
  lag: number,
  added?: readonly number[],
): Trial {
  const actual = laggedExposure(lag);
  const change = (value: number, tick: number) =>
    added === undefined ? value * (1 + (rateRatio - 1) * at(actual, tick)) : value + at(added, tick);
  return { ...changed(plainTrial(series, start), change), actual, rateRatio };
}

export function trialsAt(series: BenchSeries, ratios: readonly number[], placements: Placements): Trials {
  const harmful = ratios.map((ratio): readonly [number, readonly Trial[]] => [
    ratio,
    placements.effect.map((start, index) =>
      harmfulTrial(series, start, ratio, at(placements.lag[ratio] ?? [], index), placements.added?.[ratio]?.[index]),
    ),
  ]);
  return {
    series,
    placebos: placements.calibration.map((start) => plainTrial(series, start)),
    harmless: placements.evaluation.map((start) => plainTrial(series, start)),
    harmful: new Map(harmful),
  };
}

/** Events an effect adds: Poisson around what the clients that are exposed would have had. */
function addedEvents(
  series: BenchSeries,
  start: number,
  rateRatio: number,
  lag: number,
  chance: Chance,
): readonly number[] {
  return laggedExposure(lag).map((share, tick) => {
    const base =
      series.expected === undefined ? (series.metric[start + tick]?.value ?? 0) : at(series.expected, start + tick);
    return chance.poisson(base * (rateRatio - 1) * share);
  });
}

/** For each rate ratio the events that each effect placement adds to each tick. */
export function eventsAdded(
  series: BenchSeries,
  ratios: readonly number[],
  { effect, lag }: Pick<Placements, 'effect' | 'lag'>,
  chance: Chance,
): NonNullable<Placements['added']> {
  return Object.fromEntries(
    ratios.map((ratio) => [
      ratio,
      effect.map((start, index) => addedEvents(series, start, ratio, at(lag[ratio] ?? [], index), chance)),
    ]),
  );
}

/** Placements drawn at random, as the specification draws them. */
export function drawPlacements(series: BenchSeries, ratios: readonly number[], chance: Chance): Placements {
  const half = Math.floor(series.metric.length / 2);
  const eligible = (first: number, last: number) =>
    eligibleStarts(series.labels, { first, last, ticks: TICKS, cleanBefore: CLEAN_BEFORE });
  const early = eligible(2 * series.day, half);
  const late = eligible(half, series.metric.length);
  const effect = drawn(late, SIZES.effect, chance);
  const lag = Object.fromEntries(ratios.map((ratio) => [ratio, effect.map(() => chance.uniform())]));
  const added = eventsAdded(series, ratios, { effect, lag }, chance);
  return {
    calibration: drawn(early, SIZES.calibration, chance),
    evaluation: drawn(late, SIZES.evaluation, chance),
    effect,
    lag,
    added: series.kind === 'counts' ? added : undefined,
  };
}
