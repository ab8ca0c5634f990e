/** A stretch of a question that is being asked: who waits for it, and what was answered of it so far. */
import { Shared } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant, Window } from '../../core/time.ts';
import { periodsIn, piecesOf } from '../../lib/periods.ts';
import type { Ask } from './compose.ts';
import type { Outcome } from './fetch.ts';
import { type Asked, askedOf, begun, ended, type Held, isWhole, merge, type Pending } from './held.ts';
import { MOST_DATAPOINTS } from './limits.ts';
import { type Question, seriesCount } from './question.ts';

/** A part of the work that fits a call. */
export interface Piece extends Ask {
  readonly wanted: Asking;
}

function tooLong(question: Question, span: Window): FailureError {
  const points = periodsIn(span, question.period) * seriesCount(question);
  const message = `GetMetricData: ${question.text} needs its window in one call, which is ${points} datapoints of at most ${MOST_DATAPOINTS}; use a longer period or a shorter window`;
  return new FailureError({ reason: 'rejected', retryable: false, message });
}

const NONE: readonly never[] = [];

/** There are thousands at once: it is work, its waiters and what is remembered of it in one. */
export class Asking extends Shared<void> implements Pending {
  readonly asked: Asked;
  readonly #held: Held;
  #missing = 0;
  /** Answers of several pieces are taken in together. */
  #takings: readonly (() => void)[] = NONE;

  private constructor(held: Held, asked: Asked) {
    super('GetMetricData');
    this.asked = asked;
    this.#held = held;
  }

  /** Asks a stretch that is not empty, in several pieces where one call cannot hold it. */
  static begin(held: Held, span: Window, at: Instant, put: (piece: Piece) => void): Asking {
    const { question, suspect } = held;
    const asking = new Asking(held, askedOf(held, span, at));
    begun(held, asking);
    const pieces = piecesOf(span, question.period, Math.floor(MOST_DATAPOINTS / seriesCount(question)));
    if (pieces.length > 1 && isWhole(question)) {
      asking.fail(tooLong(question, span));
      return asking;
    }
    asking.#missing = pieces.length;
    for (const piece of pieces) put({ question, span: piece, suspect, wanted: asking });
    return asking;
  }

  /** Takes in the answer to a piece. */
  take(span: Window, outcome: Outcome): void {
    if (outcome instanceof FailureError) {
      this.fail(outcome);
      return;
    }
    const held = this.#held;
    const asked = askedOf(held, span, this.asked.at);
    this.#missing--;
    if (this.#missing > 0) {
      this.#takings = [...this.#takings, () => merge(held, span, asked, outcome)];
      return;
    }
    for (const takeIn of this.#takings) takeIn();
    merge(held, span, asked, outcome);
    held.suspect = false;
    ended(held, this);
    this.resolve();
  }

  /** Also for something that went wrong and is nobody's answer. */
  fail(error: unknown): void {
    this.#held.suspect = error instanceof FailureError && error.failure.reason === 'rejected';
    ended(this.#held, this);
    this.reject(error);
  }
}
