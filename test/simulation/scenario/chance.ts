/** Randomness that can be had again: one generator per seed, and the few ways in which a simulation draws from it. */

export interface Chance {
  /** 0 (inclusive) to 1. */
  next(): number;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  of<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** The same seed gives the same draws (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    happens: (probability) => next() < probability,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    of: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}

/**
 * A generator for everything that has a name: what happens to one thing does not hang on what else there is, so that a
 * scenario from which something was left out goes the same way otherwise.
 */
export function chanceFor(seed: number, name: string): Chance {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return chanceOf(hash ^ (hash >>> 15));
}
