/** Source `cloudwatch`: metrics, metric math and Metrics Insights, asked in batches and only when something can be new. */
import DataLoader from 'dataloader';
import type { AwsAccess } from '../../aws/access.ts';
import { abortedError, joint } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant, Window } from '../../core/time.ts';
import { periodsIn, piecesOf } from '../../lib/periods.ts';
import { defineSource } from '../../plugin.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import type { Answer } from './answer.ts';
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

/** Waits for the call that an ask was put into; rejects with the failure of that ask. */
type Answering = () => Promise<Answer>;

/**
 * Asks of one turn of the event loop, for one client. Each is answered with its own call: what is known first is judged
 * first. It is of no more use after that turn, and would hold the answers as long as it is held itself.
 */
function loaderFor(access: AwsAccess, question: Question, onTurn: () => void): DataLoader<Ask, Answering> {
  const client = access.cloudwatch(question.access);
  const onCall = (billed: number, weight: number) =>
    access.onQueries?.({ asked: billed, saved: Math.max(0, weight - billed) });
  const load = async (asks: readonly Ask[]) => {
    const context = { client, caller: access.caller, onCall };
    const answering = new Map<Ask, Promise<Map<Ask, Outcome>>>();
    for (const call of callsOf(asks)) {
      const outcomes = fetchCall(call, context);
      for (const { ask } of call.places) answering.set(ask, outcomes);
    }
    return asks.map((ask) => async () => {
      const outcome = (await answering.get(ask))?.get(ask);
      if (outcome === undefined) throw new Error('a question was left out of every call');
      if (outcome instanceof FailureError) throw outcome;
      return outcome;
    });
  };
  const batchScheduleFn = (dispatch: () => void) =>
    void setImmediate(() => {
      onTurn();
      dispatch();
    });
  return new DataLoader(load, { cache: false, batchScheduleFn });
}

function tooLong(question: Question, span: Window): FailureError {
  const points = periodsIn(span, question.period) * seriesCount(question);
  const message = `GetMetricData: ${question.text} needs its window in one call, which is ${points} datapoints of at most ${MOST_DATAPOINTS}; use a longer period or a shorter window`;
  return new FailureError({ reason: 'rejected', retryable: false, message });
}

/** Asks a stretch, in several calls where one cannot hold it, and takes the answers in. */
async function ask(
  loader: DataLoader<Ask, Answering>,
  held: Held,
  span: Window,
  at: Instant,
  signal: AbortSignal,
): Promise<void> {
  const { question, suspect } = held;
  const pieces = piecesOf(span, question.period, Math.floor(MOST_DATAPOINTS / seriesCount(question)));
  if (pieces.length > 1 && isWhole(question)) throw tooLong(question, span);
  try {
    const answers = await Promise.all(
      pieces.map(async (piece) => {
        const answering = await loader.load({ question, span: piece, signal, suspect });
        return answering();
      }),
    );
    for (const [index, piece] of pieces.entries()) {
      const answer = answers[index];
      if (answer !== undefined) merge(held, piece, askedOf(held, piece, at), answer);
    }
    held.suspect = false;
  } catch (error) {
    held.suspect = error instanceof FailureError && error.failure.reason === 'rejected';
    throw error;
  }
}

function open(access: AwsAccess) {
  const questions = new WeakMap<CloudWatchQuery, Question>();
  const loaders = new Map<string, DataLoader<Ask, Answering>>();
  const held = store();
  const questionFor = (query: CloudWatchQuery) => {
    const known = questions.get(query) ?? questionOf(query);
    questions.set(query, known);
    return known;
  };
  const loaderOf = (question: Question) => {
    const known =
      loaders.get(question.client) ?? loaderFor(access, question, () => void loaders.delete(question.client));
    loaders.set(question.client, known);
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
    const work = joint('GetMetricData', (signal) => ask(loaderOf(one.question), one, span, now, signal));
    begun(one, { ...askedOf(one, span, now), work });
    return work;
  };
  return {
    period: (query: CloudWatchQuery) => query.period,
    forDeployment: perDeployment(filled),
    async query(query: CloudWatchQuery, window: Window, settle: number, signal: AbortSignal) {
      if (signal.aborted) throw abortedError('GetMetricData');
      const now = access.clock.now();
      const question = questionFor(query);
      const stretch = stretchOf(window, question.period, now, question.growing);
      const one = held.of(question, settle, stretch, now);
      if (stretch.to > stretch.from) await cover(one, stretch, now)?.join(signal);
      return seriesOf(one, window, stretch, now);
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
