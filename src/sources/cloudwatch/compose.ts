/** Puts asks into one GetMetricData call: ids for metrics and expressions, each distinct one once. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Wanted } from '../../aws/joint.ts';
import type { Window } from '../../core/time.ts';
import { renamed } from './expression.ts';
import { type AskedMetric, type Question, queryOf, seriesCount } from './question.ts';

/** One question over one stretch, and who waits for it. */
export interface Ask {
  readonly question: Question;
  readonly span: Window;
  readonly wanted: Wanted;
  /** Set after it broke a call, so that it does not break its neighbours' again. */
  readonly suspect: boolean;
}

export interface Call<One extends Ask> {
  readonly span: Window;
  readonly asks: readonly One[];
  /** Metrics AWS bills for. */
  readonly billed: number;
  /** Made when they are sent, since they are many times the size of what they say and most calls wait for their turn. */
  queries(): MetricDataQuery[];
  /** Under which id the answer has what a question is about. */
  resultId(question: Question): string;
  /** Under which id it has one of its metrics. */
  metricId(metric: AskedMetric): string;
}

/** A call in the making. There are thousands of asks: nothing is made for each but its keys' numbers. */
export interface Draft<One extends Ask> {
  readonly asks: One[];
  /** The number of what is asked, in the order in which it is asked, by its key; equal keys share one. */
  readonly numbers: Map<string, number>;
  span: Window | undefined;
  /** Series that come back. */
  series: number;
  insights: number;
  billed: number;
}

export function emptyDraft<One extends Ask>(): Draft<One> {
  return { asks: [], numbers: new Map(), span: undefined, series: 0, insights: 0, billed: 0 };
}

/** METRICS() means every metric of the call, and its filter looks at their ids. */
export function usesMetricsFunction({ expression }: Question): boolean {
  return expression?.kind === 'math' && expression.functions.includes('METRICS');
}

/** Whether a metric stands under another name before this one. */
function isRepeated({ metrics }: Question, index: number): boolean {
  for (let before = 0; before < index; before++) if (metrics[before]?.key === metrics[index]?.key) return true;
  return false;
}

/** What a question adds to a call. */
export interface Addition {
  readonly queries: number;
  readonly series: number;
  readonly insights: number;
}

/** What a question would add to what a call has; `numbers` left out is an empty one. */
export function additionOf(question: Question, numbers?: ReadonlyMap<string, number>): Addition {
  const { metrics, expression, key } = question;
  let [distinct, fresh] = [0, 0];
  for (let index = 0; index < metrics.length; index++) {
    if (isRepeated(question, index)) continue;
    distinct++;
    if (numbers?.has(metrics[index]?.key ?? '') !== true) fresh++;
  }
  if (expression !== undefined) {
    distinct++;
    if (numbers?.has(key) !== true) fresh++;
  }
  return {
    queries: fresh,
    // A band gives two series under one id; metrics under two names give one under two.
    series: fresh + Math.max(0, seriesCount(question) - distinct),
    insights: expression?.kind === 'insights' && fresh > 0 ? 1 : 0,
  };
}

export function unionOf(a: Window | undefined, b: Window): Window {
  if (a === undefined || (b.from <= a.from && b.to >= a.to)) return b;
  if (a.from <= b.from && a.to >= b.to) return a;
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

function number(draft: Draft<Ask>, key: string, billed: boolean): void {
  if (draft.numbers.has(key)) return;
  draft.numbers.set(key, draft.numbers.size);
  if (billed) draft.billed++;
}

/** Puts an ask into a call, whether or not the limits allow. */
export function put<One extends Ask>(draft: Draft<One>, ask: One, { series, insights }: Addition): void {
  const { metrics, expression, key } = ask.question;
  draft.asks.push(ask);
  draft.span = unionOf(draft.span, ask.span);
  draft.series += series;
  draft.insights += insights;
  for (const metric of metrics) number(draft, metric.key, true);
  // AWS bills for what asks without a metric of its own too: Metrics Insights and searches.
  if (expression !== undefined) number(draft, key, metrics.length === 0);
}

/** They are the same in every call, hundreds each. */
const IDS: Readonly<Record<'m' | 'e', string[]>> = { m: [], e: [] };

function idOf(prefix: 'm' | 'e', of: number | undefined): string {
  const index = of ?? 0;
  const known = IDS[prefix][index];
  if (known !== undefined) return known;
  const made = `${prefix}${index}`;
  IDS[prefix][index] = made;
  return made;
}

function expressionQuery(question: Question, Id: string, idOfName: (name: string) => string | undefined) {
  const { expression, period, metrics } = question;
  const text = expression?.text ?? '';
  if (metrics.length > 0) return { Id, Expression: renamed(text, idOfName) };
  // Without a metric beside it nothing else says the period.
  return { Id, Expression: text, Period: period / 1_000 };
}

/** A call of its own, in which metrics keep the names they have in the policy file. */
function withOwnNames<One extends Ask>(ask: One): Call<One> {
  const { question } = ask;
  const { metrics, period } = question;
  let result = 'result';
  while (metrics.some(({ name }) => name === result)) result += '_';
  return {
    span: ask.span,
    asks: [ask],
    billed: metrics.length,
    queries: () => [
      ...metrics.map(({ name, metric }) => queryOf(metric, period, name)),
      expressionQuery(question, result, (name) => name),
    ],
    resultId: () => result,
    metricId: ({ name }) => name,
  };
}

/** Queries in the order of their numbers: what has another number than the next one stands there already. */
function queriesOf({ asks, numbers }: Draft<Ask>): MetricDataQuery[] {
  const queries: MetricDataQuery[] = [];
  const isNext = (key: string) => numbers.get(key) === queries.length;
  for (const { question } of asks) {
    const { metrics, expression, period, key } = question;
    for (const asked of metrics) {
      if (isNext(asked.key)) queries.push(queryOf(asked.metric, period, idOf('m', queries.length)));
    }
    if (expression === undefined || !isNext(key)) continue;
    const idOfName = (name: string) => {
      for (const asked of metrics) if (asked.name === name) return idOf('m', numbers.get(asked.key));
      return undefined;
    };
    queries.push(expressionQuery(question, idOf('e', queries.length), idOfName));
  }
  return queries;
}

/** The call that asks everything of a draft that has something. */
export function callOf<One extends Ask>(draft: Draft<One>): Call<One> {
  const { asks, numbers, billed } = draft;
  const [first] = asks;
  if (first !== undefined && asks.length === 1 && usesMetricsFunction(first.question)) return withOwnNames(first);
  const metricId = ({ key }: AskedMetric) => idOf('m', numbers.get(key));
  return {
    span: draft.span ?? { from: 0, to: 0 },
    asks,
    billed,
    queries: () => queriesOf(draft),
    resultId({ expression, metrics: [only], key }) {
      return expression === undefined && only !== undefined ? metricId(only) : idOf('e', numbers.get(key));
    },
    metricId,
  };
}

/** One call that asks all of these. */
export function callWith<One extends Ask>(asks: readonly One[]): Call<One> {
  const draft = emptyDraft<One>();
  for (const ask of asks) put(draft, ask, additionOf(ask.question, draft.numbers));
  return callOf(draft);
}
