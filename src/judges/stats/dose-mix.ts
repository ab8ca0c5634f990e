/** The whole dose judge for one metric and one deployment: fitted once, then one tick after the other. */
import { type DoseKind, type Memories, withComponents } from './components.ts';
import type { CountFit } from './count-fit.ts';
import {
  ADAPTIVE_MEMORY,
  ALPHA,
  ANCHORED_MEMORY,
  COUNT_BETAS,
  FALLBACK_MEMORY,
  GAUGE_BETAS,
  HISTORY_TICKS,
  LOG_CAP,
} from './defaults.ts';
import { firstAtLeast, logStop } from './evidence.ts';
import type { DoseFilter, MetricTick } from './filter.ts';
import type { GaugeFit } from './gauge-fit.ts';
import { type LearntModel, learntFilter } from './learnt-filter.ts';
import type { DoseTick } from './likelihood-ratio.ts';
import { firstMixState, type Mix, type MixReading, mixStep, readMix } from './mix.ts';
import { at, type Ticks } from './ticks.ts';

export const MIX_MEMORIES: Memories = [ADAPTIVE_MEMORY, ANCHORED_MEMORY];
/** One component, for metrics without placebo history. */
export const FALLBACK_MEMORIES: Memories = [FALLBACK_MEMORY];

export interface DoseOptions {
  readonly kind: DoseKind;
  readonly memories: Memories;
  /** Tempering power of each component. */
  readonly etas: readonly number[];
  readonly betas: readonly number[];
  /** The evidence is that of the learnt component alone, and `etas` are its; the others only tell their fits. */
  readonly learnt?: LearntModel | undefined;
}

/** Effects of which a rise is bad. */
export const betasOf = (kind: DoseKind): readonly number[] => (kind === 'counts' ? COUNT_BETAS : GAUGE_BETAS);

/** A dose judge after some ticks. It does not change: the next tick gives another one. */
export interface Dose {
  readonly fits: readonly (CountFit | GaugeFit)[];
  readonly reading: MixReading;
  next(tick: DoseTick, cap?: number): Dose;
}

function followed<Belief>(
  filters: readonly DoseFilter<Belief>[],
  fits: Dose['fits'],
  { betas, etas }: DoseOptions,
): Dose {
  const mix: Mix<Belief> = { components: filters.map((filter, index) => ({ filter, eta: etas[index] ?? 1 })), betas };
  const after = (state: ReturnType<typeof firstMixState<Belief>>): Dose => ({
    fits,
    reading: readMix(state, betas),
    next: (tick, cap = LOG_CAP) => after(mixStep(mix, state, tick, cap)),
  });
  return after(firstMixState(mix));
}

/** Fits the last 180 ticks of history; undefined when they are too few for one of the components. */
export function startDose(history: readonly MetricTick[], options: DoseOptions): Dose | undefined {
  const newest = history.slice(-HISTORY_TICKS);
  return withComponents(options.kind, newest, options.memories, (components) => {
    const fits = components.map(({ fit }) => fit);
    if (options.learnt === undefined) {
      return followed(
        components.map(({ filter }) => filter),
        fits,
        options,
      );
    }
    const filter = learntFilter(options.learnt, newest);
    return filter && followed([filter], fits, options);
  });
}

export interface DoseRun {
  readonly fits: readonly (CountFit | GaugeFit)[];
  /** One for each tick. */
  readonly readings: readonly MixReading[];
  /** First tick with E ≥ 1/α. */
  readonly stop: number | undefined;
}

/** The judge over a whole deployment. */
export function runDose(
  history: readonly MetricTick[],
  ticks: readonly DoseTick[],
  options: DoseOptions,
  { alpha = ALPHA, caps = LOG_CAP }: { readonly alpha?: number; readonly caps?: number | Ticks } = {},
): DoseRun | undefined {
  let dose = startDose(history, options);
  if (dose === undefined) return undefined;
  const { fits } = dose;
  const readings: MixReading[] = [];
  for (const [index, tick] of ticks.entries()) {
    dose = dose.next(tick, typeof caps === 'number' ? caps : at(caps, index));
    readings.push(dose.reading);
  }
  const path = readings.map(({ logEvidence }) => logEvidence);
  return { fits, readings, stop: firstAtLeast(path, logStop(alpha)) };
}
