/** So many at once and no more; the others wait outside, first come first served. */
import { whenAborted } from './linked.ts';

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
    // Not async: thousands wait at once.
    enter(signal, hurry) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (inside < most) {
        inside++;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const letIn = () => {
          if (!waiting.delete(letIn)) return;
          inside++;
          letGo();
          resolve();
        };
        waiting.add(letIn);
        const letGo = whenAborted(signal, () => {
          if (waiting.delete(letIn)) reject(signal.reason);
        });
        void hurry?.then(letIn);
      });
    },
    leave() {
      inside--;
      const [next] = waiting;
      if (inside < most) next?.();
    },
  };
}
