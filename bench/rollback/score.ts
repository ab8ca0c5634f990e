/** How each contender did on one series, and on all of a set. */
import { harmRatio } from '../../src/judges/stats/let-through.ts';
import { mean, median } from '../../src/judges/stats/ticks.ts';
import type { Contender, Stopper } from './contender.ts';
import { ticksToStop } from './metrics.ts';
import { NOMINAL, type Trial } from './trial.ts';
import type { Trials } from './trials.ts';

interface EffectScore {
  readonly rateRatio: number;
  /** Share of the deployments that were stopped. */
  readonly detected: number;
  /** Median of those that were stopped; NaN when none was. */
  readonly ticks: number;
  /** Mean harm let through, as a share. */
  readonly harm: number;
}

export interface SeriesScore {
  readonly series: string;
  /** Share of harmless deployments that were stopped. */
  readonly falseStops: number;
  readonly effects: readonly EffectScore[];
  /** Mean over the effects. */
  readonly harm: number;
}

function effectScore(rateRatio: number, trials: readonly Trial[], stopper: Stopper): EffectScore {
  const stops = trials.map(stopper);
  const ticks = stops.flatMap((stop) => ticksToStop(stop, NOMINAL) ?? []);
  return {
    rateRatio,
    detected: ticks.length / trials.length,
    ticks: median(ticks),
    harm: mean(trials.map(({ actual }, index) => harmRatio(stops[index], actual))),
  };
}

/** Share of trials that are stopped. */
export function stoppedShare(trials: readonly Trial[], stopper: Stopper): number {
  return trials.filter((trial) => stopper(trial) !== undefined).length / trials.length;
}

/** Undefined when the contender does not take such a series. */
export function scoreOf(
  contender: Contender,
  { series, placebos, harmless, harmful }: Trials,
): SeriesScore | undefined {
  const [one] = harmless;
  if (one === undefined || contender.takes?.(one) === false) return undefined;
  const stopper = contender.learn(placebos, [...harmful.keys()]);
  const effects = Array.from(harmful, ([ratio, trials]) => effectScore(ratio, trials, stopper));
  const falseStops = stoppedShare(harmless, stopper);
  return { series: series.name, falseStops, effects, harm: mean(effects.map(({ harm }) => harm)) };
}

export interface SetScore {
  readonly contender: string;
  readonly series: readonly SeriesScore[];
  readonly falseStops: { readonly mean: number; readonly worst: number };
  readonly effects: readonly EffectScore[];
  readonly harm: { readonly mean: number; readonly worst: number };
}

/** Means over series. */
export function setScore(contender: string, series: readonly SeriesScore[]): SetScore {
  const overSeries = (pick: (score: SeriesScore) => number) => {
    const values = series.map(pick).filter(Number.isFinite);
    return { mean: mean(values), worst: Math.max(...values) };
  };
  const effects = (series[0]?.effects ?? []).map(({ rateRatio }, index) => {
    const of = (pick: (effect: EffectScore) => number) =>
      overSeries(({ effects: all }) => (all[index] === undefined ? Number.NaN : pick(all[index]))).mean;
    return { rateRatio, detected: of((e) => e.detected), ticks: of((e) => e.ticks), harm: of((e) => e.harm) };
  });
  return {
    contender,
    series,
    falseStops: overSeries(({ falseStops }) => falseStops),
    effects,
    harm: overSeries(({ harm }) => harm),
  };
}
