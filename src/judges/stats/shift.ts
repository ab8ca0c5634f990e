/** By how much one sample lies above another: Hodges and Lehmann's estimate and the interval around it. */
import type { Interval } from './effect.ts';
import { rankStatistic } from './rank-statistic.ts';
import { normalQuantile } from './special.ts';
import { median } from './ticks.ts';

/** Median of all differences, in the metric's unit. Source: Hodges & Lehmann 1963 (Ann. Math. Stat. 34). */
export function hodgesLehmannShift(fresh: readonly number[], old: readonly number[]): number {
  return median(fresh.flatMap((value) => old.map((other) => value - other)));
}

const HALVINGS = 60;

/** The shift at which the standardised U crosses a quantile: a jump of a step function, one of the differences. */
function crossing(fresh: readonly number[], old: readonly number[], quantile: number): number {
  const half = (fresh.length * old.length) / 2;
  const excess = (shift: number) => {
    const { u, sd } = rankStatistic(fresh, old, shift);
    const centred = u - half;
    return sd > 0 ? (centred - 0.5 * Math.sign(centred)) / sd - quantile : -quantile;
  };
  let left = Math.min(...fresh) - Math.max(...old);
  let right = Math.max(...fresh) - Math.min(...old);
  if (excess(left) <= 0) return left;
  if (excess(right) >= 0) return right;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (left + right) / 2;
    if (excess(middle) > 0) left = middle;
    else right = middle;
  }
  return (left + right) / 2;
}

/**
 * Two-sided confidence interval of the shift by root finding.
 * Source: R's wilcox.test(exact = FALSE, conf.int = TRUE); Netflix Kayenta does the same.
 */
export function shiftInterval(fresh: readonly number[], old: readonly number[], confidence = 0.98): Interval {
  const z = normalQuantile(1 - (1 - confidence) / 2);
  return { low: crossing(fresh, old, z), high: crossing(fresh, old, -z) };
}
