/** The pages of a GetMetricData answer put together, series by series; nothing is judged here. */
import type { GetMetricDataOutput, MessageData, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { listOf } from '../../aws/members.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/time.ts';
import { alongside, type Column, columnOf, EMPTY } from '../../lib/column.ts';

export interface ResultSeries {
  readonly points: Column;
  /** The last one said about it: Complete, PartialData, InternalError, Forbidden, or one of tomorrow. */
  readonly status: string | undefined;
  readonly messages: readonly MessageData[];
  /** Why it cannot be read; that says nothing about the other series of the call. */
  readonly fault: string | undefined;
}

/** Series by result id; an expression may give several under one id. */
export type Results = ReadonlyMap<string, readonly ResultSeries[]>;

interface Growing {
  readonly at: Instant[];
  readonly values: number[];
  readonly messages: MessageData[];
  status: string | undefined;
  fault: string | undefined;
}

export function malformed(message: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: true, message: `GetMetricData: ${message}` });
}

function addPoints(series: Growing, result: MetricDataResult): void {
  const timestamps = listOf(result.Timestamps, 'GetMetricData: Timestamps');
  const values: readonly unknown[] = result.Values ?? [];
  if (timestamps.length !== values.length) {
    series.fault = `${timestamps.length} timestamps and ${values.length} values; expected as many of each`;
  }
  for (let index = 0; index < timestamps.length; index++) {
    const at = timestamps[index]?.getTime() ?? Number.NaN;
    if (Number.isNaN(at)) series.fault = 'a timestamp that is none';
    const value = values[index];
    // NaN and infinities are not measurements: the period stays without a point.
    if (value !== undefined && typeof value !== 'number') series.fault = 'a value that is no number';
    if (typeof value === 'number' && Number.isFinite(value)) {
      series.at.push(at);
      series.values.push(value);
    }
  }
}

/** Forbidden stands; the other statuses may be mended by a later page, as CloudWatch documents. */
function statusAfter(before: string | undefined, now: string | undefined): string | undefined {
  return before === 'Forbidden' ? before : (now ?? 'missing');
}

function emptySeries(): Growing {
  return { at: [], values: [], messages: [], status: undefined, fault: undefined };
}

/** They come in order, as they were asked for; whatever comes otherwise is put in order. Slices: an array that grew has room to spare. */
function pointsOf({ at, values }: Growing): Column {
  const inOrder = at.every((instant, index) => index === 0 || instant > (at[index - 1] ?? instant));
  if (inOrder) return { at: at.slice(), values: values.slice() };
  return columnOf(at.map((instant, index) => [instant, values[index] ?? Number.NaN]));
}

/** The entry of a key, made when it is first looked for. */
function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/**
 * Puts pages together. Within a page, results of equal id and label are different series, in the same order on every
 * page. Throws a `malformed` FailureError when a result does not say whose it is.
 */
export function collect(pages: readonly GetMetricDataOutput[]): Results {
  const byId = new Map<string, Map<string, Growing>>();
  for (const page of pages) {
    const seen = new Map<string, number>();
    for (const result of listOf(page.MetricDataResults, 'GetMetricData: MetricDataResults')) {
      if (result.Id === undefined) throw malformed('a result has no Id');
      const label = `${result.Id} ${result.Label ?? ''}`;
      const nth = seen.get(label) ?? 0;
      seen.set(label, nth + 1);
      const ofId = entry(byId, result.Id, () => new Map<string, Growing>());
      const series = entry(ofId, `${label} ${nth}`, emptySeries);
      series.status = statusAfter(series.status, result.StatusCode);
      for (const message of result.Messages ?? []) series.messages.push(message);
      addPoints(series, result);
    }
  }
  // The series of a call mostly stand at the same instants, which are held once.
  let last = EMPTY;
  const told = (series: Growing): ResultSeries => {
    last = alongside(pointsOf(series), last);
    const { messages, status, fault } = series;
    return { points: last, messages, status, fault };
  };
  return new Map([...byId].map(([id, ofId]) => [id, Array.from(ofId.values(), told)]));
}
