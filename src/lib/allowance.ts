/** A token bucket that is asked and not waited for: so much a second, and a store of it for what comes at once. */
import type { Duration } from '../core/time.ts';

export interface Allowance {
  /** Takes so much of it, unless there is less. `now` is elapsed time, which never goes back. */
  take(amount: number, now: Duration): boolean;
  /** Gives back what was taken for nothing. */
  giveBack(amount: number): void;
}

export function allowance(perSecond: number, store: number): Allowance {
  let left = store;
  let asOf: Duration | undefined;
  return {
    take(amount, now) {
      left = Math.min(store, left + (Math.max(0, now - (asOf ?? now)) * perSecond) / 1_000);
      asOf = now;
      if (left < amount) return false;
      left -= amount;
      return true;
    },
    giveBack(amount) {
      left = Math.min(store, left + amount);
    },
  };
}

/** One for each key; of very many keys those that were asked longest ago start afresh. */
export function allowances(perSecond: number, store: number, most = 10_000): (key: string) => Allowance {
  const byKey = new Map<string, Allowance>();
  return (key) => {
    const known = byKey.get(key) ?? allowance(perSecond, store);
    byKey.delete(key);
    byKey.set(key, known);
    const [oldest] = byKey.keys();
    if (byKey.size > most && oldest !== undefined) byKey.delete(oldest);
    return known;
  };
}
