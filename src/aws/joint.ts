/** One piece of work that several callers wait for: it is given up only when every one of them has given up. */
import { FailureError } from '../core/failure.ts';

export interface Joint<Out> {
  /** Waits for the work; rejects with an `aborted` FailureError as soon as this caller's own signal is aborted. */
  join(signal: AbortSignal): Promise<Out>;
  /** Resolves when the work is over, however it ended. */
  readonly settled: Promise<void>;
}

export function abortedError(what: string): FailureError {
  return new FailureError({ reason: 'aborted', retryable: false, message: `${what}: given up`, code: 'AbortError' });
}

/** Aborted once all of these are; never when there are none. */
export function everyAborted(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const check = () => {
    if (signals.length > 0 && signals.every((signal) => signal.aborted)) controller.abort();
  };
  for (const signal of signals) signal.addEventListener('abort', check, { once: true });
  check();
  return controller.signal;
}

/** Starts the work at once; `what` names it in the error of a caller that gave up. */
export function joint<Out>(what: string, start: (signal: AbortSignal) => Promise<Out>): Joint<Out> {
  const controller = new AbortController();
  const waiting = new Set<AbortSignal>();
  const work = start(controller.signal);
  // A failure that comes after the last caller has left concerns nobody.
  const over = () => undefined;
  return {
    settled: work.then(over, over),
    join(signal) {
      if (signal.aborted) return Promise.reject(abortedError(what));
      return new Promise<Out>((resolve, reject) => {
        const leave = () => {
          waiting.delete(signal);
          signal.removeEventListener('abort', onAbort);
        };
        const onAbort = () => {
          leave();
          if (waiting.size === 0) controller.abort();
          reject(abortedError(what));
        };
        waiting.add(signal);
        signal.addEventListener('abort', onAbort, { once: true });
        work.then(
          (out) => {
            leave();
            resolve(out);
          },
          (error: unknown) => {
            leave();
            reject(error);
          },
        );
      });
    },
  };
}
