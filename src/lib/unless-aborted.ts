/** Waits for work no longer than somebody wants it, whether or not the work itself heeds the signal. */
import { whenAborted } from './linked.ts';

/** Rejects when the signal is aborted; nothing is left listening once the work is over. */
export function unlessAborted<Out>(work: Promise<Out>, signal: AbortSignal): Promise<Out> {
  return new Promise((resolve, reject) => {
    const letGo = whenAborted(signal, () => reject(signal.reason));
    work.then(
      (out) => {
        letGo();
        resolve(out);
      },
      (error: unknown) => {
        letGo();
        reject(error);
      },
    );
  });
}
