/** So many at once and no more; the others wait outside, first come first served. */

export interface Gate {
  /** Resolves when there is room; whoever got in calls {@link Gate.leave}. Rejects with the signal's reason when aborted. */
  enter(signal: AbortSignal, hurry?: Promise<void>): Promise<void>;
  leave(): void;
}

/** Whoever is hurried goes in although it is full. */
export function gate(most: number): Gate {
  let inside = 0;
  /** What lets each of them in, its place taken. */
  const waiting = new Set<() => void>();
  return {
    async enter(signal, hurry) {
      signal.throwIfAborted();
      if (inside < most) {
        inside++;
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const letIn = () => {
        if (!waiting.delete(letIn)) return;
        inside++;
        resolve();
      };
      const onAbort = () => {
        if (waiting.delete(letIn)) reject(signal.reason);
      };
      waiting.add(letIn);
      signal.addEventListener('abort', onAbort, { once: true });
      void hurry?.then(letIn);
      await promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    leave() {
      inside--;
      const [next] = waiting;
      if (inside < most) next?.();
    },
  };
}
