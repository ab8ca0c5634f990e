/** A signal that is aborted with another one, or by itself; cheaper by far than AbortSignal.any, where there are thousands. */

export interface Linked extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * Dispose of it when the work is over. Every listener of one signal is looked through whenever one comes or goes: give
 * each piece of work one of these, and not the thousands of things it does the signal they all share.
 */
export function linked(parent: AbortSignal): Linked {
  const controller = new AbortController();
  const onAbort = () => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  else parent.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => parent.removeEventListener('abort', onAbort),
  };
}
