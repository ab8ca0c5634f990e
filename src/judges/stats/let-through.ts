/** How much of a deployment's exposure a stop lets through. */
import { sum, type Ticks } from './ticks.ts';

/** Ticks between the decision to stop and its effect. */
export const LATENCY = 1;

/** Exposure-ticks until a stop takes effect, as a share of those without a stop; 1 when nothing was stopped. */
export function harmRatio(stop: number | undefined, exposure: Ticks, latency = LATENCY): number {
  const all = Array.from(exposure);
  const end = stop === undefined ? all.length : Math.min(stop + latency + 1, all.length);
  return sum(all.slice(0, end)) / sum(all);
}
