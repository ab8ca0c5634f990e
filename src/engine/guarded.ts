/** Asking a rule without fear: whatever is thrown, or takes too long, is the verdict `unknown`. */

import type { Deployment } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Waiting } from '../core/waiting.ts';
import { type Deadline, type Deadlines, deadlines } from './deadlines.ts';

/** The verdict that the answer means for the deployment as it is seen by now; pure. */
export type Weigh = (deployment: Deployment) => Verdict;

export type Ask = (deployment: Deployment, now: Instant, signal: AbortSignal, waiting: Waiting<Weigh>) => void;
type AskHeld = (deployment: Deployment, now: Instant) => Weigh | undefined;

/** How a rule asks, by itself: it may throw. */
export interface Asks {
  readonly ask: Ask;
  readonly held: AskHeld;
}

/** Who asks a rule; must not throw. */
export type Asker = Pick<Waiting<Weigh>, 'answered'>;

/** What a rule offers whoever runs it. */
export interface Guarded {
  /** What it weighs by at once, when nothing new can have arrived; never throws. Most looks bring nothing new. */
  held(deployment: Deployment, now: Instant): Weigh | undefined;
  /** Asks, and tells once, perhaps at once: what could not be asked weighs as `unknown`. Never throws. */
  ask(deployment: Deployment, now: Instant, signal: AbortSignal, asker: Asker): void;
}

/**
 * Real milliseconds for one verdict: three calls that all time out. Many calls one after the other (pages, tags of
 * thousands of alarms) could take any time, and the next look at the deployment waits for them.
 */
const PATIENCE: Duration = 60_000;

/** For all rules of one target. */
export const rulePatience = (): Deadlines => deadlines(PATIENCE);

function unknown(error: unknown): Verdict {
  const failure = failureOf(error);
  return { kind: 'unknown', because: `could not be asked: ${failure.message}`, failure };
}

const safely =
  (weigh: Weigh): Weigh =>
  (seen) => {
    try {
      return weigh(seen);
    } catch (error) {
      return unknown(error);
    }
  };

/** One question that is waited for. */
class Asked implements Waiting<Weigh> {
  readonly #deadline: Deadline;
  readonly #asker: Asker;

  constructor(deadline: Deadline, asker: Asker) {
    this.#deadline = deadline;
    this.#asker = asker;
    deadline.add(this);
  }

  answered(weigh: Weigh): void {
    if (this.#deadline.leave(this)) this.#asker.answered(safely(weigh));
  }

  failed(error: unknown): void {
    if (!this.#deadline.leave(this)) return;
    // What it asks may say that it was given up, in words of its own.
    const verdict = unknown(this.#deadline.isOver() ? this.#deadline.signal.reason : error);
    this.#asker.answered(() => verdict);
  }
}

/**
 * The one place that turns a thrown error of a source, judge or trigger into `unknown`, and that gives up, and lets what
 * it asks give up, when the time is over.
 */
export function guarded({ ask, held }: Asks, { from }: Deadlines): Guarded {
  return {
    ask(deployment, now, signal, asker) {
      const deadline = from(signal);
      const asked = new Asked(deadline, asker);
      if (deadline.signal.aborted) return asked.failed(deadline.signal.reason);
      try {
        ask(deployment, now, deadline.signal, asked);
      } catch (error) {
        asked.failed(error);
      }
    },
    held(deployment, now) {
      try {
        const weigh = held(deployment, now);
        return weigh && safely(weigh);
      } catch {
        // Asked in earnest it says why.
        return undefined;
      }
    },
  };
}
