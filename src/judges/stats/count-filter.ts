/**
 * Follows the rate of events by a Gamma distribution that forgets: dose-C's filter.
 * Source: Gamma-Poisson filter with discounting, Smith & Miller 1986 (JRSS B 48), Harvey & Fernandes 1989 (JBES 7).
 */
import type { DoseFilter, Filtered, MetricTick } from './filter.ts';
import { negativeBinomialLogDensity, winsorLimit } from './negative-binomial.ts';
import { logGamma } from './special.ts';

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

/** A tick in the units of the model, divided by φ. */
export interface ScaledTick {
  readonly events: number;
  readonly requests: number;
  /** ln Γ(events + 1). */
  readonly logFactorial: number;
}

/** Undefined for a tick that says nothing. */
export function scaledTick(tick: MetricTick, phi: number): ScaledTick | undefined {
  if (!isCounted(tick)) return undefined;
  const events = tick.value / phi;
  return { events, requests: tick.requests / phi, logFactorial: logGamma(events + 1) };
}

/** Forget, predict, learn; a missing tick only makes forget. `omega` is the discount per tick. */
export function countStep(
  omega: number,
  { shape, weight }: RateBelief,
  tick: ScaledTick | undefined,
  factor: number,
): Filtered<RateBelief> {
  const a = Math.max(shape * omega, SHAPE_FLOOR);
  const b = weight * omega;
  if (tick === undefined) return { belief: { shape: a, weight: b }, logDensity: undefined };
  const { events, requests, logFactorial } = tick;
  const mean = (a / b) * Math.max(requests, FEWEST_REQUESTS) * factor;
  return {
    belief: { shape: a + Math.min(events, winsorLimit(a, mean)), weight: b + requests * factor },
    logDensity: negativeBinomialLogDensity(events, a, mean, logFactorial),
  };
}

export function countFilter({ omega, phi, shape, weight }: CountModel & RateBelief): DoseFilter<RateBelief> {
  return {
    start: { shape, weight },
    step: (belief, tick, factor) => countStep(omega, belief, scaledTick(tick, phi), factor),
  };
}
