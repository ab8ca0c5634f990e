/** Failures that go on are told when they begin, not at every cycle. */
import type { Failure } from '../core/failure.ts';

export type OnRead = (what: string, failure: Failure | undefined) => void;

/** Calls `tell` when `what` begins to fail; `undefined` ends the failure, so that the next one is told again. */
export function toldOnce(tell: (what: string, failure: Failure) => void): OnRead {
  const failing = new Set<string>();
  return (what, failure) => {
    if (failure === undefined) {
      failing.delete(what);
    } else if (!failing.has(what)) {
      failing.add(what);
      tell(what, failure);
    }
  };
}
