/** One look at one deployment: read it, ask every rule of every watch, decide, act. */
import type { Deployment } from '../core/deployment.ts';
import type { Instant } from '../core/time.ts';
import { promised, type Waiting } from '../core/waiting.ts';
import { act, isRunning, type LookDeps, release, takeVerdict } from './deciding.ts';
import { Judging } from './judging.ts';
import { type Onlooker, Reading, read } from './reading.ts';
import { askRule } from './rule.ts';

/** A look under way. In a large account thousands are at a time: it is one object, and tells its end once. */
class Look implements Onlooker, Waiting<void> {
  readonly #deployment: Deployment;
  readonly #deps: LookDeps;
  readonly #signal: AbortSignal;
  readonly #reading: Reading;
  readonly #waiting: Waiting<void>;
  /** Judgements to come, the read, and that it has begun. */
  #missing = 2;

  constructor(deployment: Deployment, deps: LookDeps, signal: AbortSignal, isFresh: boolean, waiting: Waiting<void>) {
    this.#deployment = deployment;
    this.#deps = deps;
    this.#signal = signal;
    this.#reading = new Reading(deps, deployment, signal, isFresh);
    this.#waiting = waiting;
  }

  begin(): void {
    const deps = this.#deps;
    for (const watch of deps.book.of(this.#deployment.ref)) {
      const active = deps.policyOf(watch.ref.policy);
      if (active !== undefined) {
        this.#missing++;
        new Judging(deps, watch, active, this.#reading, this.#signal, this).begin();
      } else if (watch.phase !== 'stopping') release(deps, watch, 'its policy was removed');
    }
    this.#reading.tell(this);
    this.#came();
  }

  readOver(): void {
    const { fault } = this.#reading;
    if (fault === undefined) this.#came();
    else this.failed(fault.error);
  }

  /** A watch is judged. */
  answered(): void {
    this.#came();
  }

  failed(error: unknown): void {
    this.#missing = Number.POSITIVE_INFINITY;
    this.#waiting.failed(error);
  }

  #came(): void {
    this.#missing--;
    if (this.#missing > 0) return;
    try {
      if (this.#reading.seen === 'gone' && !this.#signal.aborted) this.#vanished();
      this.#waiting.answered();
    } catch (error) {
      this.failed(error);
    }
  }

  #vanished(): void {
    const deps = this.#deps;
    const { ref } = this.#deployment;
    for (const watch of deps.book.of(ref)) {
      // What is being stopped is left to its stop, whose end is told to the watch.
      if (watch.phase !== 'stopping') release(deps, watch, 'the deployment does not exist any more');
    }
    // Told wrongly it would be listed on: then it is found and watched again.
    deps.onVanished(ref);
  }
}

/**
 * One look at a deployment under watch. Never rejects for what AWS does; rules are asked even when AppConfig is down.
 * `isFresh`: it was read a moment ago.
 *
 * The rules do not wait for the read: those of all looks that begin in one turn are asked together, which costs as few
 * calls as there can be, however long the reads take their turns at the quota.
 */
export function lookAt(deployment: Deployment, deps: LookDeps, signal: AbortSignal, isFresh = false): Promise<void> {
  return promised((waiting) => new Look(deployment, deps, signal, isFresh, waiting).begin());
}

/**
 * Judges the rules whose alerts come by this hook, now, and decides. What other rules said in the last look, which began
 * at `freshSince`, counts beside it. The deployment is taken as it was last seen: it is read first only where a policy
 * leaves it alone while it bakes, since it may have begun to.
 */
export async function hear(
  deployment: Deployment,
  hook: string,
  deps: LookDeps,
  freshSince: Instant,
  signal: AbortSignal,
): Promise<void> {
  let reading: ReturnType<typeof read> | undefined;
  const readOnce = () => {
    reading ??= read(deps, deployment, signal, Promise.resolve());
    return reading;
  };
  const hearing = deps.book.of(deployment.ref).map(async (watch) => {
    const active = deps.policyOf(watch.ref.policy);
    const rules = active?.rules.filter((rule) => rule.hook === hook) ?? [];
    if (active === undefined || rules.length === 0) return;
    let breached = false;
    for (const rule of rules) {
      const weigh = await askRule(rule, watch.deployment, deps.clock.now(), signal);
      if (signal.aborted) return;
      const verdict = weigh(deps.book.now(watch.ref)?.deployment ?? watch.deployment);
      breached ||= verdict.kind === 'breached';
      takeVerdict(deps, watch.ref, rule.name, verdict);
    }
    const must = breached && active.policy.baking === 'ignore' && isRunning(deps, watch.ref);
    const seen = must ? await readOnce() : 'unread';
    if (signal.aborted || !isRunning(deps, watch.ref)) return;
    act(deps, watch.ref, active, freshSince, seen !== 'seen');
  });
  await Promise.all(hearing);
}
