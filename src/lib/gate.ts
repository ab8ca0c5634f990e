/** So many at once and no more; the others wait outside, first come first served. */
import { promised, type Waiting } from '../core/waiting.ts';
import { type Follower, follow, unfollow } from './linked.ts';

/** Somebody who waits outside. */
export interface Entrant {
  /** Goes in although it is full. */
  hurry(): void;
}

export interface Gate {
  /**
   * Resolves when there is room, or once `hurry` resolves; whoever got in calls {@link Gate.leave}. Rejects with the
   * signal's reason when aborted.
   */
  enter(signal: AbortSignal, hurry?: Promise<void>): Promise<void>;
  /** The same, told, for thousands; undefined where nobody waits. */
  tell(signal: AbortSignal, waiting: Waiting<void>): Entrant | undefined;
  leave(): void;
}

class Outside implements Entrant, Follower {
  readonly #door: Door;
  readonly #signal: AbortSignal;
  readonly #waiting: Waiting<void>;

  constructor(door: Door, signal: AbortSignal, waiting: Waiting<void>) {
    this.#door = door;
    this.#signal = signal;
    this.#waiting = waiting;
    follow(signal, this);
  }

  hurry(): void {
    this.#door.letIn(this);
  }

  enter(): void {
    unfollow(this.#signal, this);
    this.#waiting.answered();
  }

  aborted(): void {
    unfollow(this.#signal, this);
    if (this.#door.forget(this)) this.#waiting.failed(this.#signal.reason);
  }
}

class Door implements Gate {
  readonly #most: number;
  #inside = 0;
  readonly #outside = new Set<Outside>();

  constructor(most: number) {
    this.#most = most;
  }

  enter(signal: AbortSignal, hurry?: Promise<void>): Promise<void> {
    return promised((waiting) => {
      const outside = this.tell(signal, waiting);
      if (outside !== undefined) void hurry?.then(() => outside.hurry());
    });
  }

  tell(signal: AbortSignal, waiting: Waiting<void>): Entrant | undefined {
    if (signal.aborted) {
      waiting.failed(signal.reason);
      return undefined;
    }
    if (this.#inside < this.#most) {
      this.#inside++;
      waiting.answered();
      return undefined;
    }
    const outside = new Outside(this, signal, waiting);
    this.#outside.add(outside);
    return outside;
  }

  leave(): void {
    this.#inside--;
    const [next] = this.#outside;
    if (this.#inside < this.#most && next !== undefined) this.letIn(next);
  }

  /** One of those who wait, its place taken. */
  letIn(outside: Outside): void {
    if (!this.forget(outside)) return;
    this.#inside++;
    outside.enter();
  }

  /** Whether it waited. */
  forget(outside: Outside): boolean {
    return this.#outside.delete(outside);
  }
}

/** Whoever is hurried goes in although it is full. */
export function gate(most: number): Gate {
  return new Door(most);
}
