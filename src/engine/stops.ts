/** The stops that are under way: one per deployment, whoever asks, and what each led to. */
import { type Deployment, refKey } from '../core/deployment.ts';
import type { StopOutcome } from '../core/event.ts';

/** Carries one stop out; rejects only when it is aborted. */
type CarryOut = (signal: AbortSignal) => Promise<StopOutcome>;

export interface Stops {
  /** Starts a stop, or joins the one that is under way for the same deployment. */
  request(deployment: Deployment, carryOut: CarryOut): Promise<StopOutcome>;
  isUnderWay(deployment: Deployment): boolean;
  count(): number;
  /** Waits until no stop is under way. */
  idle(): Promise<void>;
  /** Gives up what is under way: the record of those stops has no end, and the next life resumes them. */
  abort(): void;
  aborted(): boolean;
}

export function stopsUnderWay(): Stops {
  const underWay = new Map<string, Promise<StopOutcome>>();
  const aborter = new AbortController();
  return {
    request(deployment, carryOut) {
      const key = refKey(deployment.ref);
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const stop = carryOut(aborter.signal).finally(() => underWay.delete(key));
      underWay.set(key, stop);
      return stop;
    },
    isUnderWay: (deployment) => underWay.has(refKey(deployment.ref)),
    count: () => underWay.size,
    async idle() {
      while (underWay.size > 0) await Promise.allSettled([...underWay.values()]);
    },
    abort: () => aborter.abort(new Error('the watchdog is shutting down')),
    aborted: () => aborter.signal.aborted,
  };
}
