/** One piece of work that several callers wait for: it is given up only when every one of them has given up. */
import { FailureError } from '../core/failure.ts';
import { promised, type Waiting } from '../core/waiting.ts';
import { type Follower, follow, unfollow, whenAborted } from '../lib/linked.ts';

export interface Joint<Out> {
  /** Waits for the work; rejects with an `aborted` FailureError as soon as this caller's own signal is aborted. */
  join(signal: AbortSignal): Promise<Out>;
  /** The same, told; at once where the work is over. */
  tell(signal: AbortSignal, waiting: Waiting<Out>): void;
  /** Acts when the work is over, however it ended. */
  whenOver(act: () => void): void;
}

export function abortedError(what: string): FailureError {
  return new FailureError({ reason: 'aborted', retryable: false, message: `${what}: given up`, code: 'AbortError' });
}

/** Something that may be wanted no more. */
export interface Wanted {
  /** Acts when the last who waited has given up, at once where that has been so. */
  whenGone(act: () => void): void;
}

/** Aborted once nobody wants any of these; never when there are none. */
export function everyGone(all: readonly Wanted[]): AbortSignal {
  const controller = new AbortController();
  let left = all.length;
  const gone = () => {
    left--;
    if (left === 0) controller.abort();
  };
  for (const wanted of all) wanted.whenGone(gone);
  return controller.signal;
}

/** Aborted once all of these are; never when there are none. */
export function everyAborted(signals: readonly AbortSignal[]): AbortSignal {
  return everyGone(signals.map((signal) => ({ whenGone: (act) => void whenAborted(signal, act) })));
}

/** One of those who wait. */
class Waiter<Out> implements Follower {
  readonly #work: Shared<Out>;
  readonly #signal: AbortSignal;
  readonly waiting: Waiting<Out>;

  constructor(work: Shared<Out>, signal: AbortSignal, waiting: Waiting<Out>) {
    this.#work = work;
    this.#signal = signal;
    this.waiting = waiting;
    follow(signal, this);
  }

  aborted(): void {
    this.letGo();
    this.#work.leftBy(this);
  }

  letGo(): void {
    unfollow(this.#signal, this);
  }
}

const NOBODY: readonly never[] = [];

type Outcome<Out> = { readonly out: Out } | { readonly error: unknown };

/** The waiting for work whose end is told from outside. There are thousands at once: it holds no promise. */
export class Shared<Out> implements Joint<Out>, Wanted {
  readonly #what: string;
  #waiters: readonly Waiter<Out>[] = NOBODY;
  #outcome: Outcome<Out> | undefined;
  #isGone = false;
  #onGone: (() => void)[] | undefined;
  #onOver: (() => void)[] | undefined;

  /** `what` names the work in the error of a caller that gave up. */
  constructor(what: string) {
    this.#what = what;
  }

  join(signal: AbortSignal): Promise<Out> {
    return promised((waiting) => this.tell(signal, waiting));
  }

  tell(signal: AbortSignal, waiting: Waiting<Out>): void {
    const outcome = this.#outcome;
    if (signal.aborted) waiting.failed(abortedError(this.#what));
    else if (outcome === undefined) this.#waiters = this.#waiters.concat(new Waiter(this, signal, waiting));
    else if ('error' in outcome) waiting.failed(outcome.error);
    else waiting.answered(outcome.out);
  }

  /** One of those who wait gives up. */
  leftBy(waiter: Waiter<Out>): void {
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    if (this.#waiters.length === 0) this.#goneBy();
    waiter.waiting.failed(abortedError(this.#what));
  }

  #goneBy(): void {
    this.#isGone = true;
    const acts = this.#onGone ?? [];
    this.#onGone = undefined;
    for (const act of acts) act();
  }

  whenGone(act: () => void): void {
    if (this.#isGone) act();
    else if (this.#onGone === undefined) this.#onGone = [act];
    else this.#onGone.push(act);
  }

  whenOver(act: () => void): void {
    if (this.#outcome !== undefined) act();
    else if (this.#onOver === undefined) this.#onOver = [act];
    else this.#onOver.push(act);
  }

  resolve(out: Out): void {
    for (const waiter of this.#end({ out })) waiter.waiting.answered(out);
  }

  /** A failure that comes after the last caller has left concerns nobody. */
  reject(error: unknown): void {
    for (const waiter of this.#end({ error })) waiter.waiting.failed(error);
  }

  /** Those who waited for it; nobody where it had ended before. */
  #end(outcome: Outcome<Out>): readonly Waiter<Out>[] {
    if (this.#outcome !== undefined) return [];
    this.#outcome = outcome;
    this.#onGone = undefined;
    const acts = this.#onOver ?? [];
    this.#onOver = undefined;
    const waiters = this.#waiters;
    this.#waiters = NOBODY;
    for (const waiter of waiters) waiter.letGo();
    for (const act of acts) act();
    return waiters;
  }
}

/** Starts the work at once, with a signal that is aborted when nobody waits any more. */
export function joint<Out>(what: string, start: (signal: AbortSignal) => Promise<Out>): Joint<Out> {
  const controller = new AbortController();
  const shared = new Shared<Out>(what);
  shared.whenGone(() => controller.abort());
  start(controller.signal).then(
    (out) => shared.resolve(out),
    (error: unknown) => shared.reject(error),
  );
  return shared;
}
