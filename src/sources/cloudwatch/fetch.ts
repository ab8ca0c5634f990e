/** Sends one GetMetricData call, follows its pages, and finds the question that spoils a call for its neighbours. */
import { type CloudWatchClient, GetMetricDataCommand, type GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';
import type { AwsCaller } from '../../aws/caller.ts';
import { awsFailure } from '../../aws/failure.ts';
import { abortedError, everyGone } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import { type Answer, answerOf, isHarmless, told } from './answer.ts';
import { type Ask, type Call, callWith } from './compose.ts';
import { MOST_DATAPOINTS } from './limits.ts';
import { collect, malformed, type Results } from './results.ts';

export interface FetchContext {
  readonly client: CloudWatchClient;
  readonly caller: AwsCaller;
  /** Resolves when the next answer may be taken in. */
  readonly turn: () => Promise<void>;
  /** Told of each call: metrics AWS bills for, and metrics its questions would have cost one by one. */
  readonly onCall: (billed: number, weight: number) => void;
}

export type Outcome = Answer | FailureError;

/** Takes the outcome of one ask; what the ask was answered is nobody else's from then on. */
export type Deliver<One extends Ask> = (ask: One, outcome: Outcome) => void;

/** More pages than the datapoint limit allows for even when each carries one series. */
const MOST_PAGES = 600;

function failureFrom(error: unknown, signal: AbortSignal): FailureError {
  if (signal.aborted) return abortedError('GetMetricData');
  return error instanceof FailureError ? error : new FailureError(awsFailure(error, 'GetMetricData'), { cause: error });
}

/** Has an answer wait as the bytes it came in: taken apart it is many times as large. */
function inTurn(turn: FetchContext['turn']) {
  return <Args, Out>(next: (args: Args) => Promise<Out>) =>
    async (args: Args): Promise<Out> => {
      const answer = await next(args);
      await turn();
      return answer;
    };
}

async function pagesOf(call: Call<Ask>, context: FetchContext, signal: AbortSignal): Promise<GetMetricDataOutput[]> {
  const { client, caller } = context;
  const pages: GetMetricDataOutput[] = [];
  const tokens = new Set<string>();
  const inputOf = (token: string | undefined) => ({
    MetricDataQueries: call.queries(),
    StartTime: new Date(call.span.from),
    EndTime: new Date(call.span.to),
    ScanBy: 'TimestampAscending' as const,
    MaxDatapoints: MOST_DATAPOINTS,
    ...(token === undefined ? {} : { NextToken: token }),
  });
  for (let token: string | undefined; pages.length < MOST_PAGES; ) {
    const send = (abortSignal: AbortSignal) => {
      const command = new GetMetricDataCommand(inputOf(token));
      command.middlewareStack.add(inTurn(context.turn), { step: 'deserialize', priority: 'low' });
      return client.send(command, { abortSignal });
    };
    const page = await caller.call('GetMetricData', send, signal);
    pages.push(page);
    token = page.NextToken;
    if (token === undefined || token === '') return pages;
    if (tokens.has(token)) throw malformed('the same NextToken came twice');
    tokens.add(token);
  }
  throw malformed(`more than ${MOST_PAGES} pages`);
}

/**
 * What was said about the call as a whole (MaxMetricsExceeded: not everything was executed) without saying whom it
 * concerns: the numbers of none of its questions can be trusted. A message that only repeats the status of a result
 * (Forbidden, InternalError) concerns that result alone.
 */
function checkMessages(pages: readonly GetMetricDataOutput[]): void {
  const messages = pages.flatMap((page) => page.Messages ?? []).filter((message) => !isHarmless(message));
  if (messages.length === 0) return;
  const results = pages.flatMap((page) => page.MetricDataResults ?? []);
  const statuses = new Set<string | undefined>(results.map(({ StatusCode }) => StatusCode));
  const doubts = messages.filter((message) => !statuses.has(message.Code));
  if (doubts.length === 0) return;
  throw new FailureError({ reason: 'rejected', retryable: false, message: `GetMetricData: ${told(doubts)}` });
}

/** One question's failure says nothing about its neighbours. */
function outcomeOf(ask: Ask, call: Call<Ask>, results: Results, signal: AbortSignal): Outcome {
  try {
    return answerOf(ask, call, results);
  } catch (error) {
    return failureFrom(error, signal);
  }
}

/** A call that was refused for one of its questions is halved until that one stands alone. */
async function halves<One extends Ask>(asks: readonly One[], context: FetchContext, deliver: Deliver<One>) {
  const middle = Math.ceil(asks.length / 2);
  // What the packing saved was counted before; only what is billed again is new.
  const again = { ...context, onCall: (billed: number) => context.onCall(billed, billed) };
  const parts = [asks.slice(0, middle), asks.slice(middle)];
  await Promise.all(parts.map((part) => fetchCall(callWith(part), again, deliver)));
}

/** What AWS answered to a call, or why nothing can be taken from it. */
async function answered(call: Call<Ask>, context: FetchContext, signal: AbortSignal): Promise<Results | FailureError> {
  try {
    const pages = await pagesOf(call, context, signal);
    checkMessages(pages);
    return collect(pages);
  } catch (error) {
    return failureFrom(error, signal);
  }
}

/** Delivers the outcome of every ask of a call, each once; never rejects for what AWS or the network did. */
export async function fetchCall<One extends Ask>(call: Call<One>, context: FetchContext, deliver: Deliver<One>) {
  const { asks, billed } = call;
  const signal = everyGone(asks.map(({ wanted }) => wanted));
  context.onCall(
    billed,
    asks.reduce((sum, { question }) => sum + question.weight, 0),
  );
  const results = await answered(call, context, signal);
  if (results instanceof FailureError && results.failure.reason === 'rejected' && asks.length > 1) {
    await halves(asks, context, deliver);
    return;
  }
  for (const ask of asks) {
    deliver(ask, results instanceof FailureError ? results : outcomeOf(ask, call, results, signal));
  }
}
