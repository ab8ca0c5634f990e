/**
 * Follows the rate of events by a Gamma distribution that forgets: dose-C's filter.
 * Source: Gamma-Poisson filter with discounting, Smith & Miller 1986 (JRSS B 48), Harvey & Fernandes 1989 (JBES 7).
 */
import type { DoseFilter, Filtered, MetricTick } from './filter.ts';
import { negativeBinomialLogDensity, winsorLimit } from './negative-binomial.ts';

/** The rate is Gamma(shape, weight), in events per request (per tick without requests). */
export interface RateBelief {
  /** Pseudo-events / φ. */
  readonly shape: number;
  /** Pseudo-requests / φ (pseudo-ticks / φ without requests). */
  readonly weight: number;
}

export interface CountModel {
  /** Discount per tick: memory is about 1 / (1 − ω) ticks. */
  readonly omega: number;
  /** Overdispersion: counts and requests are divided by it. */
  readonly phi: number;
}

const SHAPE_FLOOR = 0.05;
const FEWEST_REQUESTS = 1e-12;

/** Whether a tick says anything about a rate: a count or a number of requests below 0 is none. */
export function isCounted({ value, requests }: MetricTick): boolean {
  return Number.isFinite(value) && Number.isFinite(requests) && value >= 0 && requests >= 0;
}

/** Forget, predict, learn; a missing tick only makes forget. */
export function countStep(
  { omega, phi }: CountModel,
  { shape, weight }: RateBelief,
  tick: MetricTick,
  factor: number,
): Filtered<RateBelief> {
  const a = Math.max(shape * omega, SHAPE_FLOOR);
  const b = weight * omega;
  if (!isCounted(tick)) {
    return { belief: { shape: a, weight: b }, logDensity: undefined };
  }
  const events = tick.value / phi;
  const requests = tick.requests / phi;
  const mean = (a / b) * Math.max(requests, FEWEST_REQUESTS) * factor;
  return {
    belief: { shape: a + Math.min(events, winsorLimit(a, mean)), weight: b + requests * factor },
    logDensity: negativeBinomialLogDensity(events, a, mean),
  };
}

export function countFilter(fit: CountModel & RateBelief): DoseFilter<RateBelief> {
  return {
    start: { shape: fit.shape, weight: fit.weight },
    step: (belief, tick, factor) => countStep(fit, belief, tick, factor),
  };
}
