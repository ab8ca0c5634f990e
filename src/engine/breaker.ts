/** The circuit breaker across the daemon, kept in memory and restored from the journal. */
import { admits, type Circuit, type CircuitLimits, CLOSED, closed, opened, recent, withStop } from '../core/circuit.ts';
import { type Deployment, refKey } from '../core/deployment.ts';
import type { WatchdogEvent } from '../core/event.ts';
import type { Clock } from '../lib/clock.ts';

export interface Breaker {
  state(): 'open' | 'closed';
  /**
   * Whether a deployment may be stopped now. One that was asked to be stopped before (by another policy, or by a try
   * that failed) does not count again. One stop too many trips the circuit and is not admitted.
   */
  admit(deployment: Deployment): boolean;
  /** Closes the circuit; false when it was closed. */
  resume(by: string, reason: string): boolean;
  setLimits(limits: CircuitLimits): void;
  /** Takes in what the journal holds, oldest first. */
  restore(event: WatchdogEvent): void;
}

export function circuitBreaker(
  limitsNow: CircuitLimits,
  clock: Clock,
  record: (event: WatchdogEvent) => void,
): Breaker {
  let limits = limitsNow;
  let circuit: Circuit = CLOSED;
  const counted = new Map<string, number>();
  const count = (key: string, at: number) => {
    if (counted.has(key)) return;
    counted.set(key, at);
    circuit = withStop(circuit, limits, at);
  };
  const forget = (now: number) => {
    for (const [key, at] of counted) if (at < now - 7 * 86_400_000) counted.delete(key);
  };
  return {
    state: () => (circuit.open ? 'open' : 'closed'),
    admit(deployment) {
      const now = clock.now();
      const key = refKey(deployment.ref);
      if (counted.has(key)) return true;
      if (!admits(circuit, limits, now)) {
        if (!circuit.open) {
          record({
            kind: 'circuit-opened',
            at: now,
            stops: recent(circuit, limits, now).length + 1,
            within: limits.per,
          });
        }
        circuit = opened(circuit);
        return false;
      }
      forget(now);
      count(key, now);
      return true;
    },
    resume(by, reason) {
      if (!circuit.open) return false;
      circuit = closed();
      record({ kind: 'circuit-closed', at: clock.now(), by, reason });
      return true;
    },
    setLimits(next) {
      limits = next;
    },
    restore(event) {
      if (event.kind === 'stop-requested' && event.by.kind === 'policy') count(refKey(event.deployment), event.at);
      if (event.kind === 'circuit-opened') circuit = opened(circuit);
      if (event.kind === 'circuit-closed') circuit = closed();
    },
  };
}
