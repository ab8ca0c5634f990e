/**
 * The time of a simulation: what waits stands in a heap, and time goes on when it is told to. Between two wake-ups
 * everything that can run has run: promises, and what was put off to the next turn of the event loop.
 */
import { heap } from './heap.ts';

/** Whoever waits; what a dead one waited for does not happen any more. */
export interface Owner {
  readonly dead: boolean;
  /** Called when something of it wakes up; it may die of it. */
  onWake(): void;
}

export interface Wake {
  readonly at: number;
  cancel(): void;
}

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  fire: (() => void) | undefined;
}

export interface VirtualTime {
  /** Milliseconds since the epoch; never goes back. */
  now(): number;
  after(duration: number, owner: Owner | undefined, fire: () => void): Wake;
  /** Runs in the next turn of the event loop, at the same instant. */
  soon(owner: Owner | undefined, fire: () => void): Wake;
  /** Wakes up what is due until then, in order. */
  advanceTo(at: number): Promise<void>;
  /** What waits, without that of the dead. */
  waiting(): number;
}

/** A real turn of the event loop: every promise that can go on has gone on when it is over. */
const nextTurn = globalThis.setImmediate;
const turn = () => new Promise<void>((resolve) => nextTurn(resolve));

export function virtualTime(origin: number): VirtualTime {
  let now = origin;
  let order = 0;
  let immediates: Waiting[] = [];
  const sleepers = heap<Waiting>((a, b) => a.at - b.at || a.order - b.order);

  const waitingFor = (at: number, owner: Owner | undefined, fire: () => void) => {
    const one: Waiting = { at, order: order++, owner, fire };
    const cancel = () => {
      one.fire = undefined;
    };
    return { one, wake: { at, cancel } };
  };
  const happen = (one: Waiting): boolean => {
    const { fire, owner } = one;
    one.fire = undefined;
    const isDead = () => owner?.dead === true;
    if (fire === undefined || isDead()) return false;
    owner?.onWake();
    if (isDead()) return false;
    fire();
    return true;
  };
  const settle = async () => {
    await turn();
    while (immediates.length > 0) {
      const due = immediates;
      immediates = [];
      for (const one of due) happen(one);
      await turn();
    }
  };
  return {
    now: () => now,
    after(duration, owner, fire) {
      const { one, wake } = waitingFor(now + Math.max(0, duration), owner, fire);
      sleepers.push(one);
      return wake;
    },
    soon(owner, fire) {
      const { one, wake } = waitingFor(now, owner, fire);
      immediates.push(one);
      return wake;
    },
    async advanceTo(at) {
      await settle();
      for (let next = sleepers.peek(); next !== undefined && next.at <= at; next = sleepers.peek()) {
        sleepers.pop();
        if (next.fire === undefined) continue;
        now = Math.max(now, next.at);
        if (happen(next)) await settle();
      }
      now = Math.max(now, at);
    },
    waiting: () => sleepers.all().filter(({ fire, owner }) => fire !== undefined && owner?.dead !== true).length,
  };
}
