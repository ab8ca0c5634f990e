/** The stops that are under way: one per deployment, whoever asks, and what each led to. */
import { type Deployment, refKey } from '../core/deployment.ts';
import type { StopOutcome } from '../core/event.ts';

/** What those who want the same stop allow between them: the more permissive of their wishes, also of late ones. */
export interface Leave {
  readonly allowRevert: boolean;
}

/** Carries one stop out; rejects only when it is aborted. `leave` may grow while it does. */
type CarryOut = (signal: AbortSignal, leave: Leave) => Promise<StopOutcome>;

interface UnderWay {
  readonly outcome: Promise<StopOutcome>;
  readonly leave: { allowRevert: boolean };
}

export interface Stops {
  /** Starts a stop, or joins the one that is under way for the same deployment. */
  request(deployment: Deployment, leave: Leave, carryOut: CarryOut): Promise<StopOutcome>;
  count(): number;
  /** Waits until no stop is under way. */
  idle(): Promise<void>;
  /** Gives up what is under way: the record of those stops has no end, and the next life resumes them. */
  abort(): void;
  aborted(): boolean;
}

export function stopsUnderWay(): Stops {
  const underWay = new Map<string, UnderWay>();
  const aborter = new AbortController();
  return {
    request(deployment, { allowRevert }, carryOut) {
      const key = refKey(deployment.ref);
      const known = underWay.get(key);
      if (known !== undefined) {
        if (allowRevert) known.leave.allowRevert = true;
        return known.outcome;
      }
      const leave = { allowRevert };
      const outcome = carryOut(aborter.signal, leave).finally(() => underWay.delete(key));
      underWay.set(key, { outcome, leave });
      return outcome;
    },
    count: () => underWay.size,
    async idle() {
      while (underWay.size > 0) await Promise.allSettled([...underWay.values()].map(({ outcome }) => outcome));
    },
    abort: () => aborter.abort(new Error('the watchdog is shutting down')),
    aborted: () => aborter.signal.aborted,
  };
}
