/** The pages of a GetMetricData answer put together, series by series; nothing is judged here. */
import type { GetMetricDataOutput, MessageData, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { listOf } from '../../aws/members.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/time.ts';
import { type Column, columnOf, EMPTY } from '../../lib/column.ts';

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

interface Growing extends ResultSeries {
  readonly label: string;
  /** The page that it was last seen on. */
  page: number;
  points: Column;
  messages: readonly MessageData[];
  status: string | undefined;
  fault: string | undefined;
}

const NOTHING_SAID: readonly MessageData[] = [];

export function malformed(message: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: true, message: `GetMetricData: ${message}` });
}

/** The numbers themselves, not a copy, where they stand at these instants and each is one. */
function valuesAt({ Timestamps, Values }: MetricDataResult, at: readonly Instant[]): readonly number[] | undefined {
  if (!Array.isArray(Timestamps) || !Array.isArray(Values)) return undefined;
  if (Timestamps.length !== at.length || Values.length !== at.length) return undefined;
  for (let index = 0; index < at.length; index++) {
    const stamp: unknown = Timestamps[index];
    if (!(stamp instanceof Date) || stamp.getTime() !== at[index] || !Number.isFinite(Values[index])) return undefined;
  }
  return Values;
}

/** They come in order, as they were asked for; whatever comes otherwise is put in order. Slices: an array that grew has room to spare. */
function inOrder(at: readonly Instant[], values: readonly number[]): Column {
  const isInOrder = at.every((instant, index) => index === 0 || instant > (at[index - 1] ?? instant));
  if (isInOrder) return { at: at.slice(), values: values.slice() };
  return columnOf(at.map((instant, index) => [instant, values[index] ?? Number.NaN]));
}

function addPoints(series: Growing, result: MetricDataResult): void {
  const timestamps = listOf(result.Timestamps, 'GetMetricData: Timestamps');
  const values: readonly unknown[] = result.Values ?? [];
  if (timestamps.length !== values.length) {
    series.fault = `${timestamps.length} timestamps and ${values.length} values; expected as many of each`;
  }
  const at = series.points.at.slice();
  const numbers = series.points.values.slice();
  for (let index = 0; index < timestamps.length; index++) {
    const instant = timestamps[index]?.getTime() ?? Number.NaN;
    if (Number.isNaN(instant)) series.fault = 'a timestamp that is none';
    const value = values[index];
    // NaN and infinities are not measurements: the period stays without a point.
    if (value !== undefined && typeof value !== 'number') series.fault = 'a value that is no number';
    if (typeof value === 'number' && Number.isFinite(value)) {
      at.push(instant);
      numbers.push(value);
    }
  }
  series.points = inOrder(at, numbers);
}

/** Forbidden stands; the other statuses may be mended by a later page, as CloudWatch documents. */
function statusAfter(before: string | undefined, now: string | undefined): string | undefined {
  return before === 'Forbidden' ? before : (now ?? 'missing');
}

/**
 * The series that a result of a page belongs to. Within a page, results of equal id and label are different series, in
 * the same order on every page.
 */
function seriesOf(byId: Map<string, Growing[]>, id: string, label: string, page: number): Growing {
  const ofId = byId.get(id);
  const known = ofId?.find((series) => series.label === label && series.page < page);
  if (known !== undefined) {
    known.page = page;
    return known;
  }
  const made = { label, page, points: EMPTY, messages: NOTHING_SAID, status: undefined, fault: undefined };
  if (ofId === undefined) byId.set(id, [made]);
  else ofId.push(made);
  return made;
}

/** Puts pages together. Throws a `malformed` FailureError when a result does not say whose it is. */
export function collect(pages: readonly GetMetricDataOutput[]): Results {
  const byId = new Map<string, Growing[]>();
  // The series of a call mostly stand at the same instants, which are held once.
  let at = EMPTY.at;
  for (const [page, { MetricDataResults }] of pages.entries()) {
    for (const result of listOf(MetricDataResults, 'GetMetricData: MetricDataResults')) {
      if (result.Id === undefined) throw malformed('a result has no Id');
      const series = seriesOf(byId, result.Id, result.Label ?? '', page);
      series.status = statusAfter(series.status, result.StatusCode);
      for (const message of result.Messages ?? []) series.messages = [...series.messages, message];
      const values = series.points === EMPTY ? valuesAt(result, at) : undefined;
      if (values === undefined) addPoints(series, result);
      else series.points = { at, values };
      at = series.points.at;
    }
  }
  return byId;
}
