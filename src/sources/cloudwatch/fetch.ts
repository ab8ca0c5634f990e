/** Sends one GetMetricData call, follows its pages, and finds the question that spoils a call for its neighbours. */
import { type CloudWatchClient, GetMetricDataCommand, type GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';
import type { AwsCaller } from '../../aws/caller.ts';
import { awsFailure } from '../../aws/failure.ts';
import { abortedError, everyGone } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import { type Answer, answerOf, isHarmless, told } from './answer.ts';
import { type Ask, type Call, callOf } from './compose.ts';
import { MOST_DATAPOINTS } from './limits.ts';
import { collect, malformed } from './results.ts';

export interface FetchContext {
  readonly client: CloudWatchClient;
  readonly caller: AwsCaller;
  /** Told of each call: metrics AWS bills for, and metrics its questions would have cost one by one. */
  readonly onCall: (billed: number, weight: number) => void;
}

export type Outcome = Answer | FailureError;

/** More pages than the datapoint limit allows for even when each carries one series. */
const MOST_PAGES = 600;

function failureFrom(error: unknown, signal: AbortSignal): FailureError {
  if (signal.aborted) return abortedError('GetMetricData');
  return error instanceof FailureError ? error : new FailureError(awsFailure(error, 'GetMetricData'), { cause: error });
}

async function pagesOf(call: Call, context: FetchContext, signal: AbortSignal): Promise<GetMetricDataOutput[]> {
  const { client, caller } = context;
  const pages: GetMetricDataOutput[] = [];
  const tokens = new Set<string>();
  const inputOf = (token: string | undefined) => ({
    MetricDataQueries: [...call.queries],
    StartTime: new Date(call.span.from),
    EndTime: new Date(call.span.to),
    ScanBy: 'TimestampAscending' as const,
    MaxDatapoints: MOST_DATAPOINTS,
    ...(token === undefined ? {} : { NextToken: token }),
  });
  for (let token: string | undefined; pages.length < MOST_PAGES; ) {
    const send = (abortSignal: AbortSignal) => client.send(new GetMetricDataCommand(inputOf(token)), { abortSignal });
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
  const results = pages.flatMap((page) => page.MetricDataResults ?? []);
  const statuses = new Set<string | undefined>(results.map(({ StatusCode }) => StatusCode));
  const messages = pages.flatMap((page) => page.Messages ?? []);
  const doubts = messages.filter((message) => !isHarmless(message) && !statuses.has(message.Code));
  if (doubts.length === 0) return;
  throw new FailureError({ reason: 'rejected', retryable: false, message: `GetMetricData: ${told(doubts)}` });
}

function outcomesOf(call: Call, pages: readonly GetMetricDataOutput[]): Map<Ask, Outcome> {
  const results = collect(pages);
  const outcomes = new Map<Ask, Outcome>();
  for (const place of call.places) {
    try {
      outcomes.set(place.ask, answerOf(place, results));
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      outcomes.set(place.ask, error);
    }
  }
  return outcomes;
}

/** A call that was refused for one of its questions is halved until that one stands alone. */
async function halves(asks: readonly Ask[], context: FetchContext): Promise<Map<Ask, Outcome>> {
  const middle = Math.ceil(asks.length / 2);
  const parts = [asks.slice(0, middle), asks.slice(middle)];
  // What the packing saved was counted before; only what is billed again is new.
  const again = { ...context, onCall: (billed: number) => context.onCall(billed, billed) };
  const outcomes = await Promise.all(parts.map((part) => fetchCall(callOf(part), again)));
  return new Map(outcomes.flatMap((part) => [...part]));
}

/** The outcome of every ask of a call; never rejects for what AWS or the network did. */
export async function fetchCall(call: Call, context: FetchContext): Promise<Map<Ask, Outcome>> {
  const asks = call.places.map((place) => place.ask);
  const signal = everyGone(asks.map(({ wanted }) => wanted));
  context.onCall(
    call.billed,
    asks.reduce((sum, { question }) => sum + question.weight, 0),
  );
  try {
    const pages = await pagesOf(call, context, signal);
    checkMessages(pages);
    return outcomesOf(call, pages);
  } catch (error) {
    const failure = failureFrom(error, signal);
    if (failure.failure.reason === 'rejected' && asks.length > 1) return halves(asks, context);
    return new Map(asks.map((ask) => [ask, failure]));
  }
}
