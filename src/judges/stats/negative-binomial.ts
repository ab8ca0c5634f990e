/** The negative binomial distribution of counts whose rate is only known up to a Gamma distribution. */
import { logGamma } from './special.ts';

const SMALLEST_SIZE = 1e-6;
const SMALLEST_MEAN = 1e-9;

/** Outlier bound in predictive standard deviations. */
const WINSOR_WIDTH = 4;

/**
 * ln NB(count; size, mean), of variance mean + mean² / size. The count need not be whole (it is events / φ), which makes
 * it a quasi-likelihood. `logFactorial` is ln Γ(count + 1), for callers that ask again and again about one count.
 */
export function negativeBinomialLogDensity(
  count: number,
  size: number,
  mean: number,
  logFactorial = logGamma(count + 1),
): number {
  const a = Math.max(size, SMALLEST_SIZE);
  const m = Math.max(mean, SMALLEST_MEAN);
  const combinations = count === 0 ? 0 : logGamma(count + a) - logGamma(a) - logFactorial;
  return combinations + a * Math.log(a / (a + m)) + count * Math.log(m / (a + m));
}

/** The largest count that a filter learns from: mean + 4 predictive sd + 1. */
export function winsorLimit(size: number, mean: number): number {
  return mean + WINSOR_WIDTH * Math.sqrt(mean + (mean * mean) / Math.max(size, SMALLEST_SIZE)) + 1;
}
