/** Source `cloudwatch`: metrics, metric math and Metrics Insights, asked in batches and only when something can be new. */
import type { AwsAccess } from '../../aws/access.ts';
import { abortedError } from '../../aws/joint.ts';
import type { Series } from '../../core/series.ts';
import type { Instant, Window } from '../../core/time.ts';
import { promised, type Waiting } from '../../core/waiting.ts';
import { oneATurn } from '../../lib/one-a-turn.ts';
import { defineSource } from '../../plugin.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { Asking, type Piece } from './asking.ts';
import { callsOf } from './batch.ts';
import { type FetchContext, fetchCall, type Outcome } from './fetch.ts';
import { filled } from './filled.ts';
import { type Held, type Pending, toAsk, underWay } from './held.ts';
import { stretchOf } from './limits.ts';
import { type CloudWatchQuery, cloudwatchOptions } from './options.ts';
import { type Question, questionOf } from './question.ts';
import { seriesOf } from './serve.ts';
import { store } from './store.ts';

/**
 * Takes the asks of one turn of the event loop, for one client, and packs them into calls at its end. Each is answered
 * with its own call: what is known first is judged first.
 */
function turnOf(
  access: AwsAccess,
  question: Question,
  turn: FetchContext['turn'],
  onTurn: () => void,
): (piece: Piece) => void {
  const pieces: Piece[] = [];
  const onCall = (billed: number, weight: number) =>
    access.onQueries?.({ asked: billed, saved: Math.max(0, weight - billed) });
  const deliver = ({ wanted, span }: Piece, outcome: Outcome) => wanted.take(span, outcome);
  const failAll = (asks: readonly Piece[], error: unknown) => {
    for (const { wanted } of asks) wanted.fail(error);
  };
  const send = () => {
    const context = { client: access.cloudwatch(question.access), caller: access.caller, turn, onCall };
    for (const call of callsOf(pieces)) {
      fetchCall(call, context, deliver).catch((error: unknown) => failAll(call.asks, error));
    }
  };
  setImmediate(() => {
    onTurn();
    try {
      send();
    } catch (error) {
      failAll(pieces, error);
    }
  });
  return (piece) => void pieces.push(piece);
}

/** A series whose numbers are on their way. */
class Arriving implements Waiting<void> {
  readonly #held: Held;
  readonly #window: Window;
  readonly #stretch: Window;
  readonly #now: Instant;
  readonly #waiting: Waiting<Series>;

  constructor(held: Held, window: Window, stretch: Window, now: Instant, waiting: Waiting<Series>) {
    this.#held = held;
    this.#window = window;
    this.#stretch = stretch;
    this.#now = now;
    this.#waiting = waiting;
  }

  answered(): void {
    let series: Series;
    try {
      series = seriesOf(this.#held, this.#window, this.#stretch, this.#now);
    } catch (error) {
      this.failed(error);
      return;
    }
    this.#waiting.answered(series);
  }

  failed(error: unknown): void {
    this.#waiting.failed(error);
  }
}

function open(access: AwsAccess) {
  const questions = new WeakMap<CloudWatchQuery, Question>();
  const turns = new Map<string, (piece: Piece) => void>();
  const held = store();
  // Hundreds of verdicts hang on each answer: the reads that they wait for are to keep step.
  const turn = oneATurn();
  const questionFor = (query: CloudWatchQuery) => {
    const known = questions.get(query) ?? questionOf(query);
    questions.set(query, known);
    return known;
  };
  const turnFor = (question: Question) => {
    const known =
      turns.get(question.client) ?? turnOf(access, question, turn, () => void turns.delete(question.client));
    turns.set(question.client, known);
    return known;
  };
  /** Work that will hold the stretch; undefined when it is held already. */
  const cover = (one: Held, stretch: Window, now: Instant): Pending | undefined => {
    const span = toAsk(one, stretch, now);
    const known = span === undefined ? undefined : underWay(one, stretch, now);
    if (span !== undefined && known === undefined) return Asking.begin(one, span, now, turnFor(one.question));
    access.onQueries?.({ asked: 0, saved: one.question.weight });
    return known;
  };
  function tell(
    query: CloudWatchQuery,
    window: Window,
    settle: number,
    signal: AbortSignal,
    waiting: Waiting<Series>,
  ): void {
    try {
      if (signal.aborted) throw abortedError('GetMetricData');
      const now = access.clock.now();
      const question = questionFor(query);
      const stretch = stretchOf(window, question.period, now, question.growing);
      const one = held.of(question, settle, stretch, now);
      const work = stretch.to > stretch.from ? cover(one, stretch, now) : undefined;
      const arriving = new Arriving(one, window, stretch, now, waiting);
      if (work === undefined) arriving.answered();
      else work.tell(signal, arriving);
    } catch (error) {
      waiting.failed(error);
    }
  }
  return {
    period: (query: CloudWatchQuery) => query.period,
    forDeployment: perDeployment(filled),
    query: (query: CloudWatchQuery, window: Window, settle: number, signal: AbortSignal) =>
      promised<Series>((waiting) => tell(query, window, settle, signal, waiting)),
    tell,
    held(query: CloudWatchQuery, window: Window, settle: number) {
      const now = access.clock.now();
      const question = questionFor(query);
      const stretch = stretchOf(window, question.period, now, question.growing);
      const one = held.of(question, settle, stretch, now);
      if (stretch.to > stretch.from && toAsk(one, stretch, now) !== undefined) return undefined;
      if (stretch.to > stretch.from) access.onQueries?.({ asked: 0, saved: question.weight });
      return seriesOf(one, window, stretch, now);
    },
  };
}

export const cloudwatch = defineSource({
  kind: 'cloudwatch',
  description: 'CloudWatch metrics, metric math, Metrics Insights and anomaly bands.',
  options: cloudwatchOptions,
  open,
});
