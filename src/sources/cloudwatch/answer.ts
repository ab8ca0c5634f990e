/** What the results of a call mean for one question: numbers, or a failure; never numbers out of a failure. */
import type { MessageData } from '@aws-sdk/client-cloudwatch';
import { cleanMessage } from '../../aws/failure.ts';
import { type Failure, FailureError } from '../../core/failure.ts';
import type { Duration, Instant, Window } from '../../core/time.ts';
import { type Column, columnOf, EMPTY, within } from '../../lib/column.ts';
import type { Ask, Place } from './compose.ts';
import type { Question } from './question.ts';
import { malformed, type ResultSeries, type Results } from './results.ts';

export interface Answer {
  readonly points: Column;
  /** By the metric's name in the policy file. */
  readonly inputs: ReadonlyMap<string, Column>;
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

/** Throws unless a series is complete and nothing was said that casts doubt on it. */
function checkSeries(name: string, { status, messages, fault }: ResultSeries): void {
  if (fault !== undefined) throw malformed(`the result of ${name} has ${fault}`);
  if (status === 'Forbidden') throw failed('auth', false, `reading ${name} is forbidden`, messages);
  if (status === 'InternalError') throw failed('unavailable', true, `CloudWatch failed to read ${name}`, messages);
  if (status === 'PartialData') throw failed('unavailable', true, `the data of ${name} stayed partial`, messages);
  if (status !== 'Complete') throw malformed(`the status of ${name} is ${status}, which this program does not know`);
  const doubts = messages.filter((message) => !isHarmless(message));
  if (doubts.length > 0) throw failed('rejected', false, `CloudWatch has doubts about ${name}`, doubts);
}

/** Points of the asked stretch; one off the grid would be compared with the wrong neighbours. */
function numbersOf(name: string, points: Column, span: Window, period: Duration): Column {
  for (const at of points.at) {
    if (at % period !== 0) {
      throw malformed(`${name} has a point at ${new Date(at).toISOString()}, off the grid of ${period / 1_000} s`);
    }
  }
  return within(points, span);
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

/** The series of a result, each checked. */
function readAll(name: string, id: string, results: Results, { question, span }: Ask): readonly Column[] {
  return (results.get(id) ?? []).map((series) => {
    checkSeries(name, series);
    return numbersOf(name, series.points, span, question.period);
  });
}

function onlyOne(name: string, found: readonly Column[]): Column {
  const [first] = found;
  if (first === undefined) throw malformed(`there is no result for ${name}`);
  if (found.length === 1) return first;
  throw failed('rejected', false, `${name} gives ${found.length} series and a rule judges one`, []);
}

function inputsOf({ ask, inputs }: Place, results: Results): ReadonlyMap<string, Column> {
  const found = new Map<string, Column>();
  for (const { name, metric } of ask.question.metrics) {
    const id = inputs.get(name);
    const label = `${name} (${metric.namespace} ${metric.metric})`;
    if (id !== undefined) found.set(name, onlyOne(label, readAll(label, id, results, ask)));
  }
  return found;
}

function bandPoints(band: string, found: readonly Column[], inputs: ReadonlyMap<string, Column>): Column {
  const [one, other] = found;
  const metric = inputs.get(band);
  if (one === undefined || other === undefined || found.length !== 2 || metric === undefined) {
    throw malformed(`ANOMALY_DETECTION_BAND(${band}, …) gave ${found.length} series; expected its two edges`);
  }
  return outsideBand(metric, [one, other]);
}

/** The answer to one question. Throws FailureError; one question's failure says nothing about its neighbours. */
export function answerOf(place: Place, results: Results): Answer {
  const { question } = place.ask;
  const inputs = inputsOf(place, results);
  const found = readAll(question.text, place.result, results, place.ask);
  const band = question.expression?.kind === 'math' ? question.expression.band : undefined;
  if (band !== undefined) return { points: bandPoints(band, found, inputs), inputs };
  if (found.length === 0 && mayBeAbsent(question)) return { points: EMPTY, inputs };
  return { points: onlyOne(question.text, found), inputs };
}
