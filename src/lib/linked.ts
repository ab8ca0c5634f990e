/** What happens when a signal is aborted, and signals that are aborted with another one; cheap where there are thousands. */

export interface Linked extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * What each signal sets off. A signal looks through all its listeners whenever one comes or goes, so that it has one
 * listener here, whatever the number of those that follow it.
 */
const followers = new WeakMap<AbortSignal, Set<() => void>>();

function followersOf(signal: AbortSignal): Set<() => void> {
  const known = followers.get(signal);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  followers.set(signal, made);
  const all = () => {
    for (const act of [...made]) act();
  };
  signal.addEventListener('abort', all, { once: true });
  return made;
}

const NOTHING = () => {};

/** Acts when the signal is aborted, at once where it is already; what is returned lets go of it. */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act();
    return NOTHING;
  }
  const all = followersOf(signal);
  // A function of its own: the same one may follow twice, and each lets go of itself only.
  const follower = () => act();
  all.add(follower);
  return () => void all.delete(follower);
}

/** Aborted with the parent, or by itself; dispose of it when the work is over. */
export function linked(parent: AbortSignal): Linked {
  const controller = new AbortController();
  const letGo = whenAborted(parent, () => controller.abort(parent.reason));
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: letGo,
  };
}
