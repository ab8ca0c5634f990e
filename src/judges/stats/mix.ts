/** MIX: the stake split evenly over components of different memory, followed tick by tick at O(1) each. */
import { effectPosterior, type Interval, pooledPosterior, rateRatio, rateRatioInterval, sharesOf } from './effect.ts';
import { firstStakes, logEvidence, type Stakes, stake } from './evidence.ts';
import type { DoseFilter } from './filter.ts';
import { type Beliefs, type DoseTick, firstBeliefs, ratioStep } from './likelihood-ratio.ts';
import { logMeanExp } from './log-sum.ts';
import { at, sum } from './ticks.ts';

interface MixComponent<Belief> {
  readonly filter: DoseFilter<Belief>;
  /** Tempering power, from calibration. */
  readonly eta: number;
}

/** One component is a dose judge of its own, as the fallback without placebo history. */
export interface Mix<Belief> {
  readonly components: readonly MixComponent<Belief>[];
  readonly betas: readonly number[];
}

interface ComponentState<Belief> {
  readonly beliefs: Beliefs<Belief>;
  readonly stakes: Stakes;
  /** For each β, raw: neither capped nor tempered. */
  readonly logLikelihoods: readonly number[];
}

/** All there is to know about the ticks so far; plain data. */
export interface MixState<Belief> {
  readonly components: readonly ComponentState<Belief>[];
  /** Whether anybody was exposed yet. */
  readonly exposed: boolean;
}

export interface MixReading {
  /** ln E. */
  readonly logEvidence: number;
  /** ln E of each component. */
  readonly parts: readonly number[];
  /** Rate ratio on exposed clients and the 80 % of its posterior; undefined before anybody is exposed. */
  readonly effect: (Interval & { readonly rateRatio: number }) | undefined;
}

export function firstMixState<Belief>({ components, betas }: Mix<Belief>): MixState<Belief> {
  const begin = ({ filter }: MixComponent<Belief>) => ({
    beliefs: firstBeliefs(filter, betas),
    stakes: firstStakes(betas.length),
    logLikelihoods: betas.map(() => 0),
  });
  return { components: components.map(begin), exposed: false };
}

export function mixStep<Belief>(
  { components, betas }: Mix<Belief>,
  state: MixState<Belief>,
  tick: DoseTick,
  cap: number,
): MixState<Belief> {
  const next = components.flatMap(({ filter, eta }, index) => {
    const before = state.components[index];
    if (before === undefined) return [];
    const { beliefs, increments } = ratioStep(filter, betas, before.beliefs, tick);
    return {
      beliefs,
      stakes: stake(before.stakes, increments, eta, cap),
      logLikelihoods: before.logLikelihoods.map((total, effect) => total + at(increments, effect)),
    };
  });
  return { components: next, exposed: state.exposed || tick.exposure > 0 };
}

/** ln of half of one component's evidence and half of the other's. */
export function mixLogEvidence(parts: readonly number[]): number {
  return logMeanExp(parts);
}

/** Rate ratio of a MIX: the geometric mean of its components', each weighted by its evidence. */
export function mixRateRatio(parts: readonly number[], rateRatios: readonly number[]): number {
  const shares = sharesOf(parts);
  return Math.exp(sum(rateRatios.map((ratio, index) => at(shares, index) * Math.log(ratio))));
}

export function readMix<Belief>(state: MixState<Belief>, betas: readonly number[]): MixReading {
  const parts = state.components.map(({ stakes }) => logEvidence(stakes));
  const reading = { logEvidence: mixLogEvidence(parts), parts };
  if (!state.exposed) return { ...reading, effect: undefined };
  const posteriors = state.components.map(({ logLikelihoods }) => effectPosterior(logLikelihoods, betas));
  const pooled = pooledPosterior(posteriors, sharesOf(parts));
  return { ...reading, effect: { rateRatio: rateRatio(pooled), ...rateRatioInterval(pooled) } };
}
