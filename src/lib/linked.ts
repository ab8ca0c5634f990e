/** A signal that is aborted with another one, or by itself; cheaper by far than AbortSignal.any, where there are thousands. */

export interface Linked extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * What each signal aborts. A signal looks through all its listeners whenever one comes or goes, so that it has one
 * listener here, whatever the number of those that are linked to it.
 */
const followers = new WeakMap<AbortSignal, Set<() => void>>();

function followersOf(parent: AbortSignal): Set<() => void> {
  const known = followers.get(parent);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  followers.set(parent, made);
  const abortAll = () => {
    for (const abort of [...made]) abort();
  };
  parent.addEventListener('abort', abortAll, { once: true });
  return made;
}

/** Dispose of it when the work is over. */
export function linked(parent: AbortSignal): Linked {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  const all = parent.aborted ? undefined : followersOf(parent);
  if (all === undefined) follow();
  all?.add(follow);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => void all?.delete(follow),
  };
}
