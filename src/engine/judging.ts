/** The judging of one watch in a look: its rules are asked beside the read, and decided on as they answer. */
import type { Instant } from '../core/time.ts';
import type { Waiting } from '../core/waiting.ts';
import type { Watch } from '../core/watch.ts';
import { type ActivePolicy, act, isRunning, type LookDeps, takeVerdict, tellOverdue } from './deciding.ts';
import type { Asker, Weigh } from './guarded.ts';
import type { Onlooker, Reading } from './reading.ts';
import type { RunnableRule } from './rule.ts';

/** One rule that was asked. */
class Question implements Asker {
  readonly #judging: Judging;
  readonly #rule: RunnableRule;

  constructor(judging: Judging, rule: RunnableRule) {
    this.#judging = judging;
    this.#rule = rule;
  }

  answered(weigh: Weigh): void {
    this.#judging.answered(this.#rule, weigh);
  }
}

interface Answer {
  readonly rule: RunnableRule;
  readonly weigh: Weigh;
}

/**
 * Asks every rule of a watch at once, beside the read; a breach is decided on as soon as it is known, without waiting
 * for the rest, and has the read go before those of deployments that do no harm. Nothing is decided before the read.
 *
 * An object, not a chain of promises for each rule: in a large account ten thousand rules wait at a time.
 */
export class Judging implements Onlooker {
  readonly #deps: LookDeps;
  readonly #watch: Watch;
  readonly #active: ActivePolicy;
  readonly #reading: Reading;
  readonly #signal: AbortSignal;
  readonly #freshSince: Instant;
  readonly #waiting: Waiting<void>;
  /** What was answered before the read is taken with it, and what comes later at once. */
  #held: Answer[] = [];
  /** Answers to come, and the read. */
  #missing = 1;

  /** `waiting` is told when the watch is judged; `failed` is a fault of this program, not what could not be asked. */
  constructor(
    deps: LookDeps,
    watch: Watch,
    active: ActivePolicy,
    reading: Reading,
    signal: AbortSignal,
    waiting: Waiting<void>,
  ) {
    this.#waiting = waiting;
    this.#deps = deps;
    this.#watch = watch;
    this.#active = active;
    this.#reading = reading;
    this.#signal = signal;
    this.#freshSince = deps.clock.now();
  }

  begin(): void {
    const { deployment } = this.#watch;
    for (const rule of this.#active.rules) {
      const weigh = rule.held(deployment, this.#freshSince);
      if (weigh === undefined) {
        this.#missing++;
        rule.ask(deployment, this.#freshSince, this.#signal, new Question(this, rule));
      } else {
        this.#hurryFor(weigh);
        this.#held.push({ rule, weigh });
      }
    }
    this.#reading.tell(this);
  }

  answered(rule: RunnableRule, weigh: Weigh): void {
    this.#safely(() => {
      this.#hurryFor(weigh);
      if (this.#reading.seen === undefined) this.#held.push({ rule, weigh });
      else this.#take(rule, weigh);
      this.#came();
    });
  }

  readOver(): void {
    this.#safely(() => {
      const held = this.#held;
      this.#held = [];
      for (const { rule, weigh } of held) this.#take(rule, weigh);
      this.#came();
    });
  }

  /** Whoever tells it is nobody who could answer for its faults. */
  #safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#waiting.failed(error);
    }
  }

  #hurryFor(weigh: Weigh): void {
    if (this.#reading.seen === undefined && weigh(this.#watch.deployment).kind === 'breached') this.#reading.hurry();
  }

  #isVain(): boolean {
    return this.#reading.seen === 'gone' || this.#signal.aborted;
  }

  #take({ name }: RunnableRule, weigh: Weigh): void {
    if (this.#isVain()) return;
    const { ref, deployment } = this.#watch;
    const verdict = weigh(this.#deps.book.now(ref)?.deployment ?? deployment);
    takeVerdict(this.#deps, ref, name, verdict);
    if (verdict.kind === 'breached' && isRunning(this.#deps, ref)) this.#act();
  }

  #act(): void {
    act(this.#deps, this.#watch.ref, this.#active, this.#freshSince, this.#reading.seen !== 'seen');
  }

  #came(): void {
    this.#missing--;
    if (this.#missing > 0) return;
    if (!this.#isVain()) {
      const judged = this.#deps.book.now(this.#watch.ref);
      if (judged !== undefined) tellOverdue(this.#deps, judged, this.#active);
      this.#act();
    }
    this.#waiting.answered();
  }
}
