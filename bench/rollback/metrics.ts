/** What the benchmark counts of a stop: how late it came and how much of the exposure it let through. */
import { at, sum, type Ticks } from '../../src/judges/stats/ticks.ts';

/** Ticks between the decision to stop and its effect. */
const LATENCY = 1;

/** Exposure-ticks until a stop takes effect, as a share of those without a stop; 1 when nothing was stopped. */
export function harmRatio(stop: number | undefined, exposure: Ticks, latency = LATENCY): number {
  const all = Array.from(exposure);
  const end = stop === undefined ? all.length : Math.min(stop + latency + 1, all.length);
  return sum(all.slice(0, end)) / sum(all);
}

/**
 * Ticks from the first exposed one until a stop takes effect. Small or negative when a judge that knows no exposure
 * stopped before anybody was exposed.
 */
export function ticksToStop(stop: number | undefined, nominal: Ticks, latency = LATENCY): number | undefined {
  const first = Array.from(nominal).findIndex((share) => share > 0);
  return stop === undefined || at(nominal, first) <= 0 ? undefined : stop - first + 1 + latency;
}
