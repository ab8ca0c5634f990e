/** The accesses in use: one for each target as the policy file describes it. */
import type { Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';

/** Accesses by what their target says, so that an unchanged target keeps its caches and its credentials over a reload. */
export function accessPool(connect: (target: Target) => TargetAccess) {
  const pool = new Map<string, TargetAccess>();
  const keyOf = (target: Target) => JSON.stringify([target, target.assumeRole?.externalId?.reveal()]);
  return {
    of(target: Target): TargetAccess {
      const key = keyOf(target);
      const known = pool.get(key);
      if (known !== undefined) return known;
      const made = connect(target);
      pool.set(key, made);
      return made;
    },
    all: () => [...pool.values()],
    /** Closes what none of these targets uses. */
    keepOnly(targets: readonly Target[]): void {
      const used = new Set(targets.map(keyOf));
      for (const [key, access] of pool) {
        if (used.has(key)) continue;
        pool.delete(key);
        access.close();
      }
    },
  };
}
