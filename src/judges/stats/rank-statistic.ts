/** Mann-Whitney's U of two samples, ties exact. */
import { at } from './ticks.ts';

export interface RankStatistic {
  /** Pairs in which the new value is the larger one, and half of those that tie. */
  readonly u: number;
  /** Standard deviation of U when the samples come from one distribution, corrected for ties; 0 when all values tie. */
  readonly sd: number;
}

/** First index of a sorted sample whose value is not below (with `past`: is above) a bound. */
function rank(sorted: Float64Array, bound: number, past: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = at(sorted, middle);
    if (value < bound || (past && value === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Σ (c³ − c) over the sizes c of groups of equal values. */
function tieTerm(sorted: Float64Array): number {
  let term = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    term += (to - from) ** 3 - (to - from);
    from = to;
  }
  return term;
}

/** U of `fresh` against `old`, each value of `fresh` moved down by `by`. Both have at least one value and all are finite. */
export function rankStatistic(fresh: readonly number[], old: readonly number[], by = 0): RankStatistic {
  const moved = fresh.map((value) => value - by);
  const sorted = Float64Array.from(old).sort();
  let u = 0;
  for (const value of moved) u += (rank(sorted, value, false) + rank(sorted, value, true)) / 2;
  const total = fresh.length + old.length;
  const ties = tieTerm(Float64Array.from([...moved, ...old]).sort());
  const variance = ((fresh.length * old.length) / 12) * (total + 1 - ties / (total * (total - 1)));
  return { u, sd: Math.sqrt(Math.max(variance, 0)) };
}
