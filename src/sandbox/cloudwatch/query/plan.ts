/** The queries of a request, checked: what each one reads or computes. */
import type { Duration } from '../../../core/time.ts';
import { MathError } from '../math/math-error.ts';
import { callsIn, type Expression, namesIn, parseMath } from '../math/parse.ts';
import { metric } from '../metrics/metric.ts';
import type { Question } from '../metrics/read.ts';
import { parseStatistic } from '../metrics/statistic.ts';
import type { MetricDataQuery } from '../protocol/shapes.ts';
import { type Rejection, validationError } from '../rejection.ts';
import { type Insights, isInsights, parseInsights } from './insights.ts';

/** A question with its statistic as it was written. */
export interface NamedQuestion extends Question {
  readonly statisticName: string;
}

type Asked =
  | { readonly kind: 'metric'; readonly question: NamedQuestion; readonly account: string | undefined }
  | { readonly kind: 'math'; readonly expression: Expression }
  | { readonly kind: 'insights'; readonly insights: Insights; readonly period: Duration };

export interface PlannedQuery {
  readonly id: string;
  readonly label: string | undefined;
  readonly returned: boolean;
  readonly asked: Asked;
  /** Ids of the queries this one is computed from. */
  readonly uses: readonly string[];
}

const MOST_QUERIES = 500;

/** Throws a Rejection that names the query. */
export function planQueries(queries: readonly MetricDataQuery[]): readonly PlannedQuery[] {
  if (queries.length === 0) throw validationError('The parameter MetricDataQueries must not be empty.');
  if (queries.length > MOST_QUERIES) {
    throw validationError(`The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`);
  }
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    throw validationError('The values for parameter id in MetricDataQueries are not unique.');
  }
  const metrics = queries.filter(({ MetricStat }) => MetricStat !== undefined).map(({ Id }) => Id);
  const planned = queries.map((query) => planQuery(query, metrics));
  if (planned.every(({ returned }) => !returned)) {
    throw validationError('At least one query in MetricDataQueries must have ReturnData set to true.');
  }
  if (planned.filter(({ asked }) => asked.kind === 'insights').length > 1) {
    throw validationError('A request must not contain more than one Metrics Insights query.');
  }
  checkUses(planned);
  return planned;
}

function planQuery(query: MetricDataQuery, metrics: readonly string[]): PlannedQuery {
  const { Id: id, Label: label, ReturnData: returned = true } = query;
  if (!/^[a-z]\w*$/.test(id)) {
    throw validationError(
      `The value ${id} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
    );
  }
  const asked = askedBy(query);
  return { id, label, returned, asked, uses: asked.kind === 'math' ? usedBy(asked.expression, metrics) : [] };
}

function askedBy(query: MetricDataQuery): Asked {
  const { Id: id, MetricStat: stat, Expression: expression, AccountId: account, Period: period } = query;
  if ((stat === undefined) === (expression === undefined)) {
    throw validationError(`Query ${id} must have either MetricStat or Expression, and not both.`);
  }
  if (stat !== undefined) return { kind: 'metric', question: questionOf(id, stat), account };
  if (!isInsights(expression ?? ''))
    return { kind: 'math', expression: inQuery(id, () => parseMath(expression ?? '')) };
  if (period === undefined) throw validationError(`Query ${id} needs a Period, since it is a Metrics Insights query.`);
  const insights = inQuery(id, () => parseInsights(expression ?? ''));
  return { kind: 'insights', insights, period: checkPeriod(period, `of query ${id}`) };
}

function questionOf(id: string, stat: NonNullable<MetricDataQuery['MetricStat']>): NamedQuestion {
  const { Metric: asked, Period: period, Stat: text, Unit: unit } = stat;
  const statistic = parseStatistic(text);
  if (statistic === undefined)
    throw validationError(`The value ${text} for parameter Stat of query ${id} is not supported.`);
  const dimensions = (asked.Dimensions ?? []).map(({ Name, Value }) => ({ name: Name, value: Value }));
  const named = metric(asked.Namespace, asked.MetricName, dimensions);
  return { metric: named, statistic, statisticName: text, period: checkPeriod(period, `of query ${id}`), unit };
}

/** Seconds to milliseconds, when it is a period CloudWatch knows. */
export function checkPeriod(seconds: number, whose: string): Duration {
  const known = [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);
  if (known && seconds <= 86_400) return seconds * 1_000;
  throw validationError(
    `The parameter Period ${whose} must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400, found ${seconds}.`,
  );
}

function usedBy(expression: Expression, metrics: readonly string[]): readonly string[] {
  const methods = new Set(['REPEAT', 'LINEAR']);
  const named = [...namesIn(expression)].filter((name) => !methods.has(name));
  return callsIn(expression).includes('METRICS') ? [...new Set([...named, ...metrics])] : named;
}

function checkUses(planned: readonly PlannedQuery[]): void {
  const byId = new Map(planned.map((query) => [query.id, query]));
  const done = new Set<string>();
  const visit = (query: PlannedQuery, path: readonly string[]): void => {
    if (path.includes(query.id)) {
      throw errorIn(query.id, `It is computed from itself: ${[...path, query.id].join(' → ')}`);
    }
    if (done.has(query.id)) return;
    for (const id of query.uses) {
      const used = byId.get(id);
      if (used === undefined) throw errorIn(query.id, `Undefined metric or expression id ${id}`);
      visit(used, [...path, query.id]);
    }
    done.add(query.id);
  };
  for (const query of planned) visit(query, []);
}

export function errorIn(id: string, problem: string): Rejection {
  return validationError(`Error in expression '${id}' [${problem}]`);
}

/** Does something that may find a fault in the expression of query `id`. */
export function inQuery<T>(id: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof MathError ? errorIn(id, error.message) : error;
  }
}
