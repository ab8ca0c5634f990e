/** Chance that is the same every time: everything the benchmark draws comes from a seed. */
import { randomExponential, randomGamma, randomNormal, randomPoisson } from 'd3-random';

export interface Chance {
  /** 0 ≤ x < 1. */
  uniform(): number;
  /** 0 ≤ x < `below`, whole. */
  whole(below: number): number;
  normal(): number;
  poisson(mean: number): number;
  /** Mean 1, of standard deviation `sd`. */
  gamma(sd: number): number;
  exponential(mean: number): number;
}

/** Source: mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function chanceOf(seed: number): Chance {
  const uniform = mulberry32(seed);
  const normal = randomNormal.source(uniform)(0, 1);
  const exponential = randomExponential.source(uniform)(1);
  return {
    uniform,
    whole: (below) => Math.floor(uniform() * below),
    normal,
    poisson: (mean) => (mean > 0 ? randomPoisson.source(uniform)(mean)() : 0),
    gamma: (sd) => randomGamma.source(uniform)(1 / sd ** 2, sd ** 2)(),
    exponential: (mean) => mean * exponential(),
  };
}

/** Up to `count` of the items, without one twice when there are enough. */
export function drawn(items: readonly number[], count: number, chance: Chance): readonly number[] {
  if (items.length < count) return Array.from({ length: count }, () => items[chance.whole(items.length)] ?? 0);
  const pool = [...items];
  return Array.from({ length: count }, () => pool.splice(chance.whole(pool.length), 1)[0] ?? 0);
}
