/** Sums of numbers of which only the logarithms are known: evidence overflows, its logarithm does not. */

/** ln Σ exp(v); −∞ when there are none. */
export function logSumExp(values: readonly number[]): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > top) top = value;
  if (!Number.isFinite(top)) return top;
  let total = 0;
  for (const value of values) total += Math.exp(value - top);
  return top + Math.log(total);
}

/** ln of the mean of exp(v): what a stake split evenly over several bets is worth. */
export function logMeanExp(values: readonly number[]): number {
  return logSumExp(values) - Math.log(values.length);
}
