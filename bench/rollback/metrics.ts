/** What the benchmark counts of a stop beside the harm it lets through: how late it came. */
import { LATENCY } from '../../src/judges/stats/let-through.ts';
import { at, type Ticks } from '../../src/judges/stats/ticks.ts';

/**
 * Ticks from the first exposed one until a stop takes effect. Small or negative when a judge that knows no exposure
 * stopped before anybody was exposed.
 */
export function ticksToStop(stop: number | undefined, nominal: Ticks, latency = LATENCY): number | undefined {
  const first = Array.from(nominal).findIndex((share) => share > 0);
  return stop === undefined || at(nominal, first) <= 0 ? undefined : stop - first + 1 + latency;
}
