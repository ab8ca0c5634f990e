/**
 * Evidence from increments: a bet on every effect at once, capped and tempered, of which one tick more costs O(1).
 * Source: mixture of test martingales and Ville's inequality, arXiv 2210.01948; power likelihood, arXiv 1412.3730.
 */
import { ALPHA, LOG_CAP, STEP_LOG_CAP } from './defaults.ts';
import { logMeanExp } from './log-sum.ts';
import { at, type Ticks } from './ticks.ts';

/** Log of what the stake on each effect has become; their mean is the evidence E. */
export type Stakes = readonly number[];

export const firstStakes = (effects: number): Stakes => Array.from({ length: effects }, () => 0);

/** One tick on: each increment tempered by the power `eta`, and at most `cap`. At η = 0 nothing is staked. */
export function stake(stakes: Stakes, increments: readonly number[], eta: number, cap: number): Stakes {
  if (eta === 0) return stakes;
  return stakes.map((worth, effect) => worth + Math.min(eta * at(increments, effect), cap));
}

/** ln E: 0 at the start. */
export const logEvidence = (stakes: Stakes): number => logMeanExp(stakes);

/** ln E of each tick, from the increments of a whole deployment; one cap for all ticks, or one for each. */
export function logEvidencePath(
  increments: readonly (readonly number[])[],
  eta = 1,
  caps: number | Ticks = LOG_CAP,
): readonly number[] {
  let stakes = firstStakes(increments[0]?.length ?? 0);
  return increments.map((row, tick) => {
    stakes = stake(stakes, row, eta, typeof caps === 'number' ? caps : at(caps, tick));
    return logEvidence(stakes);
  });
}

/** ln E at which a deployment is stopped. */
export const logStop = (alpha = ALPHA): number => Math.log(1 / alpha);

/** First tick at which a path reaches a bound; undefined when it never does. */
export function firstAtLeast(path: Ticks, bound: number): number | undefined {
  const tick = Array.from(path).findIndex((value) => value >= bound);
  return tick < 0 ? undefined : tick;
}

/**
 * Caps for metrics that blip harmlessly after each exposure step: lower on ticks at which the nominal exposure rises.
 * Costs power; see the specification.
 */
export function stepCaps(nominal: Ticks, cap = LOG_CAP, stepCap = STEP_LOG_CAP): readonly number[] {
  return Array.from(nominal, (share, tick) => (share > (tick === 0 ? 0 : at(nominal, tick - 1)) ? stepCap : cap));
}
