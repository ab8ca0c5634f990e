/** How long rules are waited for: one deadline for all that begin in one turn, since there can be ten thousand. */
import { FailureError } from '../core/failure.ts';
import { type Duration, formatDuration } from '../core/time.ts';
import { type Linked, linked, whenAborted } from '../lib/linked.ts';

/** Somebody who waits for an answer. */
interface Waiting {
  /** The time is over, or whoever asked gives up. */
  failed(reason: unknown): void;
}

export interface Deadline {
  /** For what is asked: aborted with the signal of whoever asks, and when the time is over. */
  readonly signal: AbortSignal;
  /** Whether the time is over, rather than given up by whoever asks. */
  isOver(): boolean;
  add(waiting: Waiting): void;
  /** False for one that has left already. */
  leave(waiting: Waiting): boolean;
}

export interface Deadlines {
  /** The deadline of what begins now, and is given up with the signal. */
  from(signal: AbortSignal): Deadline;
}

function tooSlow(patience: Duration): FailureError {
  const message = `no verdict within ${formatDuration(patience)}: it takes too many calls, or they are too slow`;
  return new FailureError({ reason: 'timeout', retryable: true, message });
}

class SharedDeadline implements Deadline {
  readonly #given: AbortSignal;
  readonly #either: Linked;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(given: AbortSignal, patience: Duration) {
    this.#given = given;
    this.#either = linked(given);
    this.#timer = setTimeout(() => this.#either.abort(tooSlow(patience)), patience).unref();
    whenAborted(this.signal, () => {
      for (const waiting of [...this.#waiting]) waiting.failed(this.signal.reason);
    });
  }

  get signal(): AbortSignal {
    return this.#either.signal;
  }

  isOver(): boolean {
    return this.signal.aborted && !this.#given.aborted;
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  leave(waiting: Waiting): boolean {
    const waited = this.#waiting.delete(waiting);
    this.#endIfLeft();
    return waited;
  }

  /** The turn is over: nobody joins any more. */
  close(): void {
    this.#isClosed = true;
    this.#endIfLeft();
  }

  #endIfLeft(): void {
    if (!this.#isClosed || this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#either[Symbol.dispose]();
  }
}

/** `patience` in real milliseconds. */
export function deadlines(patience: Duration): Deadlines {
  const ofThisTurn = new Map<AbortSignal, SharedDeadline>();
  return {
    from(signal) {
      const known = ofThisTurn.get(signal);
      if (known !== undefined) return known;
      const made = new SharedDeadline(signal, patience);
      ofThisTurn.set(signal, made);
      setImmediate(() => {
        ofThisTurn.delete(signal);
        made.close();
      });
      return made;
    },
  };
}
