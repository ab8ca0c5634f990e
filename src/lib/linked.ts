/** What happens when a signal is aborted, and signals that are aborted with another one; cheap where there are thousands. */

export interface Linked extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** Something that acts when a signal is aborted. */
export interface Follower {
  aborted(): void;
}

/**
 * Who follows each signal. A signal looks through all its listeners whenever one comes or goes, so that it has one
 * listener here, whatever the number of those that follow it.
 */
const followers = new WeakMap<AbortSignal, Set<Follower>>();

function followersOf(signal: AbortSignal): Set<Follower> {
  const known = followers.get(signal);
  if (known !== undefined) return known;
  const made = new Set<Follower>();
  followers.set(signal, made);
  const all = () => {
    for (const follower of [...made]) follower.aborted();
  };
  signal.addEventListener('abort', all, { once: true });
  return made;
}

/** Acts when the signal is aborted, at once where it is already, until {@link unfollow}. */
export function follow(signal: AbortSignal, follower: Follower): void {
  if (signal.aborted) follower.aborted();
  else followersOf(signal).add(follower);
}

export function unfollow(signal: AbortSignal, follower: Follower): void {
  followers.get(signal)?.delete(follower);
}

/** The same for a function; what is returned lets go of it. */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  const follower = { aborted: act };
  follow(signal, follower);
  return () => unfollow(signal, follower);
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
