/** Randomness with a seed: the same seed gives the same placements and counts everywhere. */

/** A uniform number in [0, 1). */
export type Random = () => number;

/** mulberry32: 32 bits of state, good enough to place and to count. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Above this a Poisson count is as good as normal. */
const MANY = 60;

/** A Poisson count of a given mean. */
export function poisson(mean: number, random: Random): number {
  if (!(mean > 0)) return 0;
  if (mean > MANY) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let product = random(), least = Math.exp(-mean); product > least; product *= random()) count++;
  return count;
}
