/** Source `cloudwatch`: metrics, metric math and Metrics Insights, asked in batches and only when something can be new. */
import type { AwsAccess } from '../../aws/access.ts';
import { abortedError, Shared } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import type { Series } from '../../core/series.ts';
import type { Instant, Window } from '../../core/time.ts';
import { periodsIn, piecesOf } from '../../lib/periods.ts';
import { defineSource } from '../../plugin.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { callsOf } from './batch.ts';
import type { Ask } from './compose.ts';
import { fetchCall, type Outcome } from './fetch.ts';
import { filled } from './filled.ts';
import { askedOf, begun, type Held, isWhole, merge, toAsk, underWay } from './held.ts';
import { MOST_DATAPOINTS, stretchOf } from './limits.ts';
import { type CloudWatchQuery, cloudwatchOptions } from './options.ts';
import { type Question, questionOf, seriesCount } from './question.ts';
import { seriesOf } from './serve.ts';
import { store } from './store.ts';

/** An ask, and what is to be done with its outcome. */
interface Asking extends Ask {
  answered(outcome: Outcome): void;
  /** Something went wrong that is nobody's answer. */
  failed(error: unknown): void;
}

/**
 * Takes the asks of one turn of the event loop, for one client, and packs them into calls at its end. Each is answered
 * with its own call: what is known first is judged first. There are thousands: nothing is made for each but its ask.
 */
function turnOf(access: AwsAccess, question: Question, onTurn: () => void): (ask: Asking) => void {
  const asks: Asking[] = [];
  const onCall = (billed: number, weight: number) =>
    access.onQueries?.({ asked: billed, saved: Math.max(0, weight - billed) });
  const send = () => {
    const context = { client: access.cloudwatch(question.access), caller: access.caller, onCall };
    const own = new Map<Ask, Asking>(asks.map((ask) => [ask, ask]));
    for (const call of callsOf(asks)) {
      const fail = (error: unknown) => {
        for (const { ask } of call.places) own.get(ask)?.failed(error);
      };
      const answer = (outcomes: ReadonlyMap<Ask, Outcome>) => {
        for (const [ask, outcome] of outcomes) own.get(ask)?.answered(outcome);
        if (outcomes.size < call.places.length) fail(new Error('a question was left out of its call'));
      };
      fetchCall(call, context).then(answer).catch(fail);
    }
  };
  setImmediate(() => {
    onTurn();
    try {
      send();
    } catch (error) {
      for (const ask of asks) ask.failed(error);
    }
  });
  return (ask) => void asks.push(ask);
}

function tooLong(question: Question, span: Window): FailureError {
  const points = periodsIn(span, question.period) * seriesCount(question);
  const message = `GetMetricData: ${question.text} needs its window in one call, which is ${points} datapoints of at most ${MOST_DATAPOINTS}; use a longer period or a shorter window`;
  return new FailureError({ reason: 'rejected', retryable: false, message });
}

/** Asks a stretch, in several calls where one cannot hold it, and takes the answers in. */
function ask(put: (ask: Asking) => void, held: Held, span: Window, at: Instant): Shared<void> {
  const { question, suspect } = held;
  const shared = new Shared<void>('GetMetricData');
  const failed = (error: unknown) => {
    held.suspect = error instanceof FailureError && error.failure.reason === 'rejected';
    shared.reject(error);
  };
  const pieces = piecesOf(span, question.period, Math.floor(MOST_DATAPOINTS / seriesCount(question)));
  if (pieces.length > 1 && isWhole(question)) {
    failed(tooLong(question, span));
    return shared;
  }
  let missing = pieces.length;
  let answers: readonly (() => void)[] = [];
  for (const piece of pieces) {
    const answered = (outcome: Outcome) => {
      if (outcome instanceof FailureError) {
        failed(outcome);
        return;
      }
      answers = [...answers, () => merge(held, piece, askedOf(held, piece, at), outcome)];
      missing--;
      if (missing > 0) return;
      for (const take of answers) take();
      held.suspect = false;
      shared.resolve();
    };
    put({ question, span: piece, suspect, wanted: shared, answered, failed });
  }
  // Nobody would answer for nothing.
  if (missing === 0) shared.resolve();
  return shared;
}

function open(access: AwsAccess) {
  const questions = new WeakMap<CloudWatchQuery, Question>();
  const turns = new Map<string, (ask: Asking) => void>();
  const held = store();
  const questionFor = (query: CloudWatchQuery) => {
    const known = questions.get(query) ?? questionOf(query);
    questions.set(query, known);
    return known;
  };
  const turnFor = (question: Question) => {
    const known = turns.get(question.client) ?? turnOf(access, question, () => void turns.delete(question.client));
    turns.set(question.client, known);
    return known;
  };
  /** Work that will hold the stretch; undefined when it is held already. */
  const cover = (one: Held, stretch: Window, now: Instant) => {
    const span = toAsk(one, stretch, now);
    const shared = span === undefined ? undefined : underWay(one, stretch, now);
    if (span === undefined || shared !== undefined) {
      access.onQueries?.({ asked: 0, saved: one.question.weight });
      return shared;
    }
    const work = ask(turnFor(one.question), one, span, now);
    begun(one, { ...askedOf(one, span, now), work });
    return work;
  };
  return {
    period: (query: CloudWatchQuery) => query.period,
    forDeployment: perDeployment(filled),
    // Not async: a rule waits for each, and there are thousands.
    query(query: CloudWatchQuery, window: Window, settle: number, signal: AbortSignal): Promise<Series> {
      if (signal.aborted) return Promise.reject(abortedError('GetMetricData'));
      const now = access.clock.now();
      const question = questionFor(query);
      const stretch = stretchOf(window, question.period, now, question.growing);
      const one = held.of(question, settle, stretch, now);
      const work = stretch.to > stretch.from ? cover(one, stretch, now) : undefined;
      if (work === undefined) return Promise.resolve(seriesOf(one, window, stretch, now));
      return work.join(signal).then(() => seriesOf(one, window, stretch, now));
    },
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
