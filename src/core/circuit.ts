/** The circuit breaker: so many stops in so short a time point at something shared, not at the deployments. */
import type { Duration, Instant } from './time.ts';

export interface CircuitLimits {
  /** More stops than this within `per` trip it. */
  readonly stops: number;
  readonly per: Duration;
}

export interface Circuit {
  readonly open: boolean;
  /** When stops were requested, oldest first; those older than `per` are forgotten. */
  readonly stops: readonly Instant[];
}

export const CLOSED: Circuit = { open: false, stops: [] };

/** When stops were asked for within the time that counts now, oldest first. */
export function recent(circuit: Circuit, limits: CircuitLimits, now: Instant): readonly Instant[] {
  return circuit.stops.filter((at) => at > now - limits.per);
}

/** Whether one more stop may be asked for now. */
export function admits(circuit: Circuit, limits: CircuitLimits, now: Instant): boolean {
  return !circuit.open && recent(circuit, limits, now).length < limits.stops;
}

/** The circuit after one more stop was asked for. */
export function withStop(circuit: Circuit, limits: CircuitLimits, now: Instant): Circuit {
  return { ...circuit, stops: [...recent(circuit, limits, now), now] };
}

export function opened(circuit: Circuit): Circuit {
  return { ...circuit, open: true };
}

/** Closed by a person: the stops that tripped it are forgiven. */
export function closed(): Circuit {
  return CLOSED;
}
