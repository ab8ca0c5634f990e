/** Puts asks into one GetMetricData call: ids for metrics and expressions, each distinct one once. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Wanted } from '../../aws/joint.ts';
import type { Window } from '../../core/time.ts';
import { renamed } from './expression.ts';
import { type Question, queryOf } from './question.ts';

/** One question over one stretch, and who waits for it. */
export interface Ask {
  readonly question: Question;
  readonly span: Window;
  readonly wanted: Wanted;
  /** Set after it broke a call, so that it does not break its neighbours' again. */
  readonly suspect: boolean;
}

/** Where the answer of an ask stands in a call. */
export interface Place {
  readonly ask: Ask;
  readonly result: string;
  /** Result id by the metric's name in the policy file; empty where the one metric is the result. */
  readonly inputs: ReadonlyMap<string, string>;
}

export interface Call {
  readonly span: Window;
  /** Made when they are sent, since they are many times the size of what they say and most calls wait for their turn. */
  readonly queries: readonly MetricDataQuery[];
  readonly places: readonly Place[];
  /** Metrics AWS bills for. */
  readonly billed: number;
}

/** METRICS() means every metric of the call, and its filter looks at their ids. */
export function usesMetricsFunction({ expression }: Question): boolean {
  return expression?.kind === 'math' && expression.functions.includes('METRICS');
}

/** Keys of everything a question puts into a call; equal keys share an id there. */
export function keysOf(question: Question): readonly string[] {
  const keys: string[] = [];
  for (const { key } of question.metrics) if (!keys.includes(key)) keys.push(key);
  if (question.expression !== undefined) keys.push(question.key);
  return keys;
}

export function unionOf(a: Window | undefined, b: Window): Window {
  return a === undefined ? b : { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

type MakeQuery = () => Omit<MetricDataQuery, 'Id'>;

/** Queries of one call, by key; the same key is put in once. */
function queryList() {
  const makers: { readonly id: string; readonly make: MakeQuery }[] = [];
  const ids = new Map<string, string>();
  const put = (key: string, id: string, make: MakeQuery) => {
    ids.set(key, id);
    makers.push({ id, make });
    return id;
  };
  return {
    queries: () => makers.map(({ id, make }): MetricDataQuery => ({ Id: id, ...make() })),
    idOf: (key: string, prefix: string, make: MakeQuery) => ids.get(key) ?? put(key, `${prefix}${makers.length}`, make),
    put,
  };
}

function callWith(list: ReturnType<typeof queryList>, rest: Omit<Call, 'queries'>): Call {
  return {
    ...rest,
    get queries() {
      return list.queries();
    },
  };
}

function expressionQuery(question: Question, inputs: ReadonlyMap<string, string>): Omit<MetricDataQuery, 'Id'> {
  const { expression, period, metrics } = question;
  const text = expression?.text ?? '';
  if (metrics.length > 0) return { Expression: renamed(text, inputs), ReturnData: true };
  // Without a metric beside it nothing else says the period.
  return { Expression: text, Period: period / 1_000, ReturnData: true };
}

/** A call of its own, in which metrics keep the names they have in the policy file. */
function ownNames(ask: Ask): Call {
  const { question } = ask;
  const list = queryList();
  for (const { name, metric } of question.metrics) {
    list.put(name, name, () => queryOf(metric, question.period));
  }
  const inputs = new Map(question.metrics.map(({ name }) => [name, name]));
  let id = 'result';
  while (inputs.has(id)) id += '_';
  const result = list.put('', id, () => expressionQuery(question, inputs));
  return callWith(list, { span: ask.span, places: [{ ask, result, inputs }], billed: question.metrics.length });
}

function placeOf(ask: Ask, list: ReturnType<typeof queryList>): Place {
  const { question } = ask;
  const inputs = new Map<string, string>();
  let result = '';
  for (const { name, key, metric } of question.metrics) {
    result = list.idOf(key, 'm', () => queryOf(metric, question.period));
    inputs.set(name, result);
  }
  if (question.expression === undefined) return { ask, result, inputs: new Map() };
  return { ask, result: list.idOf(question.key, 'e', () => expressionQuery(question, inputs)), inputs };
}

/** Each distinct metric, and what asks without one: Metrics Insights and searches. */
function billedIn(asks: readonly Ask[]): number {
  const keys = new Set<string>();
  for (const { question } of asks) {
    for (const { key } of question.metrics) keys.add(key);
    if (question.metrics.length === 0) keys.add(question.key);
  }
  return keys.size;
}

/** One call that asks all of these. */
export function callOf(asks: readonly Ask[]): Call {
  const [first, ...rest] = asks;
  if (first !== undefined && rest.length === 0 && usesMetricsFunction(first.question)) return ownNames(first);
  const list = queryList();
  const places = asks.map((ask) => placeOf(ask, list));
  const span = asks.map((ask) => ask.span).reduce((a, b) => unionOf(a, b));
  return callWith(list, { span, places, billed: billedIn(asks) });
}
