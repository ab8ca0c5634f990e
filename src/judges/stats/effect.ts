/** The effect on an exposed client, given that there is one: how far the diluted metric is from what was expected, undiluted. */
import { logSumExp } from './log-sum.ts';
import { at, sum } from './ticks.ts';

/** An effect and how much it is believed; the weights of all effects add up to 1. */
export interface WeightedEffect {
  /** ln(1 + β). */
  readonly logRatio: number;
  readonly weight: number;
}

/** Shares, adding up to 1, of weights that are given as logarithms. */
export function sharesOf(logWeights: readonly number[]): readonly number[] {
  const all = logSumExp(logWeights);
  return logWeights.map((weight) => Math.exp(weight - all));
}

/** Posterior over effects from their log likelihoods against no effect (raw: no cap, η = 1), none preferred beforehand. */
export function effectPosterior(
  logLikelihoods: readonly number[],
  betas: readonly number[],
): readonly WeightedEffect[] {
  const weights = sharesOf(logLikelihoods);
  return betas.map((beta, effect) => ({ logRatio: Math.log1p(beta), weight: at(weights, effect) }));
}

/** Posteriors over one grid of effects as one, each with a share of its own. */
export function pooledPosterior(
  posteriors: readonly (readonly WeightedEffect[])[],
  shares: readonly number[],
): readonly WeightedEffect[] {
  const [grid = []] = posteriors;
  return grid.map(({ logRatio }, effect) => ({
    logRatio,
    weight: sum(posteriors.map((posterior, index) => at(shares, index) * (posterior[effect]?.weight ?? 0))),
  }));
}

/** Rate ratio "exposed client : unexposed client": the geometric mean; it cannot leave the grid of effects. */
export function rateRatio(posterior: readonly WeightedEffect[]): number {
  return Math.exp(sum(posterior.map(({ logRatio, weight }) => weight * logRatio)));
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Quantile of the log ratio when the weight of each point is spread evenly as far as half way to its neighbours. */
function quantile(points: readonly WeightedEffect[], probability: number): number {
  let below = 0;
  for (const [index, { logRatio, weight }] of points.entries()) {
    const left = ((points[index - 1]?.logRatio ?? logRatio) + logRatio) / 2;
    const right = ((points[index + 1]?.logRatio ?? logRatio) + logRatio) / 2;
    if (below + weight >= probability && weight > 0) return left + ((probability - below) / weight) * (right - left);
    below += weight;
  }
  return points.at(-1)?.logRatio ?? Number.NaN;
}

/** Rate ratios between which the posterior has 80 % of its weight, unless told otherwise. */
export function rateRatioInterval(posterior: readonly WeightedEffect[], tail = 0.1): Interval {
  const points = posterior.toSorted((a, b) => a.logRatio - b.logRatio);
  return { low: Math.exp(quantile(points, tail)), high: Math.exp(quantile(points, 1 - tail)) };
}

/** Rate ratio of each tick from raw increments; NaN before the first exposed tick. */
export function rateRatioPath(
  increments: readonly (readonly number[])[],
  betas: readonly number[],
  exposure: ArrayLike<number>,
): readonly number[] {
  let totals: readonly number[] = betas.map(() => 0);
  let exposed = false;
  return increments.map((row, tick) => {
    totals = totals.map((total, effect) => total + at(row, effect));
    exposed ||= at(exposure, tick) > 0;
    return exposed ? rateRatio(effectPosterior(totals, betas)) : Number.NaN;
  });
}
