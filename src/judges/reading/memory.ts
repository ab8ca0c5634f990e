/** What a judge keeps of each deployment it follows, for as long as it is asked about it. */
import { type DeploymentRef, refKey } from '../../core/deployment.ts';
import type { Duration, Instant } from '../../core/time.ts';

/** What nobody asked about for so long is forgotten: a watch is looked at several times a minute. */
const UNUSED: Duration = 3_600_000;
/** More than can be deployed at once under one rule. */
const MOST = 10_000;

export interface Memory<Kept> {
  get(ref: DeploymentRef): Kept | undefined;
  put(ref: DeploymentRef, now: Instant, kept: Kept): void;
}

/** It only spares work: whoever remembers in it must come to the same without. */
export function memory<Kept>(): Memory<Kept> {
  // In the order of their last use.
  const held = new Map<string, { readonly usedAt: Instant; readonly kept: Kept }>();
  return {
    get: (ref) => held.get(refKey(ref))?.kept,
    put(ref, now, kept) {
      const key = refKey(ref);
      held.delete(key);
      held.set(key, { usedAt: now, kept });
      for (const [oldest, { usedAt }] of held) {
        if (held.size <= MOST && now - usedAt < UNUSED) return;
        held.delete(oldest);
      }
    },
  };
}
