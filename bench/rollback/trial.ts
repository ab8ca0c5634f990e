/** One deployment the benchmark judges: a stretch of a series, with an effect put into it or without. */
import type { DoseKind } from '../../src/judges/stats/components.ts';
import { linearExposure, tickAverageExposure } from '../../src/judges/stats/exposure.ts';
import type { MetricTick } from '../../src/judges/stats/filter.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { at, type Ticks } from '../../src/judges/stats/ticks.ts';

await prepareSpecial();

/** Linear, 10 % every 2 ticks, and 10 ticks of bake time. */
export const NOMINAL = linearExposure(20, 10, 10);
/** What the judges are told. */
export const EXPOSURE = tickAverageExposure(NOMINAL);
export const TICKS = NOMINAL.length;

export interface BenchSeries {
  readonly name: string;
  readonly kind: DoseKind;
  /** Ticks of a day. */
  readonly day: number;
  readonly metric: readonly MetricTick[];
  /** 1: a known incident. */
  readonly labels: Ticks;
  /** Expected events of each tick, of series that were made up: what only the oracle may know. */
  readonly expected?: Ticks;
}

export interface Trial {
  readonly series: BenchSeries;
  /** First tick of the deployment. */
  readonly start: number;
  /** The metric during the deployment. */
  readonly during: readonly MetricTick[];
  /** Share of clients that really had the new configuration. */
  readonly actual: readonly number[];
  /** Of the effect that was put in; 1 without. */
  readonly rateRatio: number;
}

/** Nobody's poll falls exactly on the ticks: the exposure a lag (0..1 of a tick) later. */
export function laggedExposure(lag: number): readonly number[] {
  return NOMINAL.map((share, tick) => (1 - lag) * share + lag * (tick === 0 ? 0 : at(NOMINAL, tick - 1)));
}

export function plainTrial(series: BenchSeries, start: number): Trial {
  return { series, start, during: series.metric.slice(start, start + TICKS), actual: EXPOSURE, rateRatio: 1 };
}

/** A trial with its metric changed. */
export function changed(trial: Trial, change: (value: number, tick: number) => number): Trial {
  return { ...trial, during: trial.during.map((seen, tick) => ({ ...seen, value: change(seen.value, tick) })) };
}

/** A day of values before the deployment. */
export function previousDay({ series, start }: Trial): readonly number[] {
  return series.metric.slice(start - series.day, start).map(({ value }) => value);
}

/** So many ticks before the deployment. */
export function before({ series, start }: Trial, ticks: number): readonly MetricTick[] {
  return series.metric.slice(Math.max(0, start - ticks), start);
}

export const valuesOf = (ticks: readonly MetricTick[]): readonly number[] => ticks.map(({ value }) => value);
