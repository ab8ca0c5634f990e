/** What the results of a call mean for one question: numbers, or a failure; never numbers out of a failure. */
import type { MessageData } from '@aws-sdk/client-cloudwatch';
import { cleanMessage } from '../../aws/failure.ts';
import { type Failure, FailureError } from '../../core/failure.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { type Column, columnOf, EMPTY, within } from '../../lib/column.ts';
import type { Ask, Call } from './compose.ts';
import type { AskedMetric, Question } from './question.ts';
import { malformed, type ResultSeries, type Results } from './results.ts';

export interface Answer {
  readonly points: Column;
  /** Those of the question's metrics, in their order; none where the one metric is the answer. */
  readonly inputs: readonly Column[];
}

/** Points that cannot be computed (a division by zero) are left out by CloudWatch: missing, as the rule's noData says. */
const HARMLESS: ReadonlySet<string> = new Set(['ArithmeticError']);

export function isHarmless({ Code }: MessageData): boolean {
  return Code !== undefined && HARMLESS.has(Code);
}

export function told(messages: readonly MessageData[]): string {
  return cleanMessage(messages.map(({ Code, Value }) => [Code, Value].filter(Boolean).join(': ')).join('; '));
}

function failed(reason: Failure['reason'], retryable: boolean, what: string, messages: readonly MessageData[]) {
  const said = told(messages);
  const message = `GetMetricData: ${what}${said === '' ? '' : ` (${said})`}`;
  return new FailureError({ reason, retryable, message });
}

/** What a series is to a person; the answer itself where it is none of its metrics. */
function nameOf(question: Question, asked: AskedMetric | undefined): string {
  if (asked === undefined) return question.text;
  return `${asked.name} (${asked.metric.namespace} ${asked.metric.metric})`;
}

/** Why a series is not to be taken: it is not complete, or something was said that casts doubt on it. */
function refusal(name: string, { status, messages, fault }: ResultSeries): FailureError {
  if (fault !== undefined) return malformed(`the result of ${name} has ${fault}`);
  if (status === 'Forbidden') return failed('auth', false, `reading ${name} is forbidden`, messages);
  if (status === 'InternalError') return failed('unavailable', true, `CloudWatch failed to read ${name}`, messages);
  if (status === 'PartialData') return failed('unavailable', true, `the data of ${name} stayed partial`, messages);
  if (status !== 'Complete') return malformed(`the status of ${name} is ${status}, which this program does not know`);
  const doubts = messages.filter((message) => !isHarmless(message));
  return failed('rejected', false, `CloudWatch has doubts about ${name}`, doubts);
}

function isGood({ status, messages, fault }: ResultSeries): boolean {
  return fault === undefined && status === 'Complete' && (messages.length === 0 || messages.every(isHarmless));
}

/** The series of a call mostly stand at the same instants: they are looked at once for all. */
let onGrid: { readonly at: readonly Instant[]; readonly period: Duration } | undefined;

/** The first instant that is off the grid of a period. */
function offGrid(at: readonly Instant[], period: Duration): Instant | undefined {
  if (onGrid?.at === at && onGrid.period === period) return undefined;
  const off = at.find((instant) => instant % period !== 0);
  if (off === undefined) onGrid = { at, period };
  return off;
}

/** Points of the asked stretch; one off the grid would be compared with the wrong neighbours. */
function read({ question, span }: Ask, asked: AskedMetric | undefined, series: ResultSeries): Column {
  if (!isGood(series)) throw refusal(nameOf(question, asked), series);
  const { points } = series;
  const { period } = question;
  const off = offGrid(points.at, period);
  if (off === undefined) return within(points, span);
  const at = new Date(off).toISOString();
  throw malformed(`${nameOf(question, asked)} has a point at ${at}, off the grid of ${period / 1_000} s`);
}

/** How far a metric lies outside its band: positive above, negative below, 0 within. */
function outsideBand(metric: Column, edges: readonly [Column, Column]): Column {
  const outside = new Map<Instant, number>();
  const [first, second] = edges.map(({ at, values }) => new Map(at.map((instant, index) => [instant, values[index]])));
  for (const [index, at] of metric.at.entries()) {
    const [value, one, other] = [metric.values[index] ?? Number.NaN, first?.get(at), second?.get(at)];
    if (one === undefined || other === undefined) continue;
    const [lower, upper] = [Math.min(one, other), Math.max(one, other)];
    outside.set(at, value > upper ? value - upper : value < lower ? value - lower : 0);
  }
  return columnOf(outside);
}

/** SEARCH and Metrics Insights give no result at all when they match nothing; a metric that was named always has one. */
function mayBeAbsent({ expression }: Question): boolean {
  if (expression === undefined) return false;
  return expression.kind === 'insights' || expression.functions.includes('SEARCH');
}

/** The one series there must be of a question or of one of its metrics. */
function onlyOne(ask: Ask, asked: AskedMetric | undefined, found: readonly ResultSeries[] | undefined): Column {
  const [first] = found ?? [];
  if (found === undefined || first === undefined) {
    throw malformed(`there is no result for ${nameOf(ask.question, asked)}`);
  }
  if (found.length === 1) return read(ask, asked, first);
  for (const series of found) read(ask, asked, series);
  throw failed(
    'rejected',
    false,
    `${nameOf(ask.question, asked)} gives ${found.length} series and a rule judges one`,
    [],
  );
}

function bandPoints(ask: Ask, band: string, found: readonly ResultSeries[], inputs: readonly Column[]): Column {
  const [one, other] = found.map((series) => read(ask, undefined, series));
  const metric = inputs[ask.question.metrics.findIndex(({ name }) => name === band)];
  if (one === undefined || other === undefined || found.length !== 2 || metric === undefined) {
    throw malformed(`ANOMALY_DETECTION_BAND(${band}, …) gave ${found.length} series; expected its two edges`);
  }
  return outsideBand(metric, [one, other]);
}

const NO_INPUTS: readonly Column[] = [];

/** The answer to one question. Throws FailureError; one question's failure says nothing about its neighbours. */
export function answerOf(ask: Ask, call: Call<Ask>, results: Results): Answer {
  const { question } = ask;
  const { metrics, expression } = question;
  const inputs =
    expression === undefined
      ? NO_INPUTS
      : metrics.map((asked) => onlyOne(ask, asked, results.get(call.metricId(asked))));
  const found = results.get(call.resultId(question));
  const band = expression?.kind === 'math' ? expression.band : undefined;
  if (band !== undefined) return { points: bandPoints(ask, band, found ?? [], inputs), inputs };
  if (found === undefined && mayBeAbsent(question)) return { points: EMPTY, inputs };
  return { points: onlyOne(ask, undefined, found), inputs };
}
