/** The share of clients on the new configuration, tick by tick: as a strategy plans it and as clients take it up. */
import { at, type Ticks } from './ticks.ts';

/** Share of a schedule of `levels` in equal intervals at the start of each tick: 0 before the first interval is over. */
function scheduled(levels: readonly number[], duration: number, bake: number): readonly number[] {
  return Array.from({ length: duration + bake }, (_, tick) => {
    const finished = tick >= duration ? levels.length : Math.floor((tick * levels.length) / duration);
    return finished === 0 ? 0 : at(levels, Math.min(finished, levels.length) - 1) / 100;
  });
}

/**
 * Nominal exposure (0..1) of a LINEAR strategy at the start of each tick; `duration` and `bake` in ticks, growth in per
 * cent. Equal intervals; k finished ones expose k × growth, all of them everything.
 * Source: AppConfig user guide, "Working with deployment strategies" (0 % at hour 0).
 */
export function linearExposure(duration: number, growthPercent: number, bake: number): readonly number[] {
  const steps = Math.ceil(100 / growthPercent);
  const levels = Array.from({ length: steps }, (_, step) => Math.min(100, growthPercent * (step + 1)));
  return scheduled(levels, duration, bake);
}

/**
 * Nominal exposure (0..1) of an EXPONENTIAL strategy: G, 2G, 4G, … and everything at last. AWS documents G × 2^N; that the
 * steps are equally spaced is an assumption of ours.
 */
export function exponentialExposure(duration: number, growthPercent: number, bake: number): readonly number[] {
  const levels: number[] = [];
  for (let level = growthPercent; level < 100; level *= 2) levels.push(level);
  return scheduled([...levels, 100], duration, bake);
}

/**
 * Mean exposure during each tick when clients poll once a tick at a random moment: x̄ₜ = (xₜ + xₜ₋₁) / 2, nothing before
 * the first tick. This is what every dose judge is fed.
 */
export function tickAverageExposure(exposure: Ticks): readonly number[] {
  return Array.from(exposure, (share, tick) => 0.5 * share + 0.5 * (tick === 0 ? 0 : at(exposure, tick - 1)));
}
