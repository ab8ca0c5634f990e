/** Metrics Insights in a simple form: SELECT f(metric) FROM namespace or schema, WHERE, GROUP BY, ORDER BY, LIMIT. */
import type { Duration, Instant, Window } from '../../../core/time.ts';
import { mathError } from '../math/math-error.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Question } from '../metrics/read.ts';
import { pairsOf, seriesOf, type TimeSeries } from '../metrics/series.ts';
import type { StoredMetric } from '../metrics/store.ts';
import { type Condition, parseConditions, splitClauses, unquote } from './insights-clauses.ts';

type Aggregate = 'AVG' | 'COUNT' | 'MAX' | 'MIN' | 'SUM';

export interface Insights {
  readonly aggregate: Aggregate;
  readonly metric: string;
  readonly namespace: string;
  /** With SCHEMA, only metrics with exactly these dimensions. */
  readonly dimensions: readonly string[] | undefined;
  readonly where: readonly Condition[];
  readonly groupBy: readonly string[];
  readonly order: { readonly by: Aggregate; readonly descending: boolean } | undefined;
  readonly limit: number;
}

const AGGREGATES = ['AVG', 'COUNT', 'MAX', 'MIN', 'SUM'] as const;
const MOST_SERIES = 500;

export function isInsights(expression: string): boolean {
  return /^\s*SELECT\s/i.test(expression);
}

/** Throws a MathError that says what is not understood. */
export function parseInsights(expression: string): Insights {
  const clauses = splitClauses(expression);
  const [, aggregate = '', name = ''] = /^(\w+)\s*\(\s*("[^"]+"|[\w.-]+)\s*\)$/.exec(clauses.select) ?? [];
  const [, by, direction] = /^(\w+)\s*\(\s*\)(?:\s+(ASC|DESC))?$/i.exec(clauses.orderBy ?? '') ?? [];
  if (clauses.orderBy !== undefined && by === undefined)
    throw mathError(`ORDER BY ${clauses.orderBy} is not understood`);
  const limit = Number(clauses.limit ?? MOST_SERIES);
  if (!Number.isInteger(limit) || limit < 1) throw mathError('LIMIT needs a whole number above 0');
  return {
    aggregate: aggregateOf(aggregate),
    metric: unquote(name),
    ...fromOf(clauses.from),
    where: parseConditions(clauses.where),
    groupBy: (clauses.groupBy ?? '')
      .split(',')
      .map((part) => unquote(part.trim()))
      .filter((part) => part !== ''),
    order: by === undefined ? undefined : { by: aggregateOf(by), descending: direction?.toUpperCase() === 'DESC' },
    limit,
  };
}

function aggregateOf(text: string): Aggregate {
  const found = AGGREGATES.find((name) => name === text.toUpperCase());
  if (found === undefined)
    throw mathError(`SELECT and ORDER BY need one of ${AGGREGATES.join(', ')}, found ${text || 'none'}`);
  return found;
}

function fromOf(text: string): Pick<Insights, 'namespace' | 'dimensions'> {
  const [, inside] = /^SCHEMA\s*\(([^)]*)\)$/i.exec(text) ?? [];
  if (inside === undefined) return { namespace: unquote(text), dimensions: undefined };
  const [namespace = '', ...dimensions] = inside.split(',').map((part) => unquote(part.trim()));
  return { namespace, dimensions };
}

function matches({ namespace, name, dimensions }: Metric, query: Insights): boolean {
  if (namespace !== query.namespace || name !== query.metric) return false;
  const byName = new Map(dimensions.map((dimension) => [dimension.name, dimension.value]));
  if (query.dimensions !== undefined) {
    if (query.dimensions.length !== byName.size || !query.dimensions.every((each) => byName.has(each))) return false;
  }
  if (!query.groupBy.every((each) => byName.has(each))) return false;
  return query.where.every(
    ({ dimension, equal, value }) => byName.has(dimension) && (byName.get(dimension) === value) === equal,
  );
}

interface Merged {
  count: number;
  sum: number;
  min: number;
  max: number;
}

type Read = (question: Question, window: Window) => TimeSeries;

/** One series per group, merged from all metrics that match. */
export function runInsights(
  query: Insights,
  period: Duration,
  stored: Iterable<StoredMetric>,
  window: Window,
  read: Read,
): readonly TimeSeries[] {
  const groups = new Map<string, Map<Instant, Merged>>();
  for (const { metric } of stored) {
    if (!matches(metric, query)) continue;
    const values = query.groupBy.map((name) => metric.dimensions.find((each) => each.name === name)?.value ?? 'Other');
    const label = values.join(' ') || query.metric;
    const group = groups.get(label) ?? new Map<Instant, Merged>();
    groups.set(label, group);
    for (const part of ['SampleCount', 'Sum', 'Minimum', 'Maximum'] as const) {
      for (const [at, value] of pairsOf(read({ metric, statistic: { kind: part }, period }, window)))
        merge(group, at, part, value);
    }
  }
  const series = [...groups].map(([label, group]) => ({ label, group }));
  const { order } = query;
  if (order) {
    const sign = order.descending ? -1 : 1;
    series.sort((a, b) => sign * (overall(a.group, order.by) - overall(b.group, order.by)));
  }
  return series.slice(0, query.limit).map(({ label, group }) => {
    const pairs = [...group]
      .sort(([a], [b]) => a - b)
      .map(([at, merged]) => [at, aggregateValue(merged, query.aggregate)] as const);
    return seriesOf(label, period, pairs);
  });
}

const empty = (): Merged => ({ count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY });

function merge(
  group: Map<Instant, Merged>,
  at: Instant,
  part: 'SampleCount' | 'Sum' | 'Minimum' | 'Maximum',
  value: number,
) {
  const merged = group.get(at) ?? empty();
  group.set(at, merged);
  if (part === 'SampleCount') merged.count += value;
  if (part === 'Sum') merged.sum += value;
  if (part === 'Minimum') merged.min = Math.min(merged.min, value);
  if (part === 'Maximum') merged.max = Math.max(merged.max, value);
}

function aggregateValue(merged: Merged, aggregate: Aggregate): number {
  if (aggregate === 'AVG') return merged.sum / merged.count;
  const values = { COUNT: merged.count, SUM: merged.sum, MIN: merged.min, MAX: merged.max };
  return values[aggregate];
}

function overall(group: ReadonlyMap<Instant, Merged>, by: Aggregate): number {
  const all = empty();
  for (const merged of group.values()) {
    all.count += merged.count;
    all.sum += merged.sum;
    all.min = Math.min(all.min, merged.min);
    all.max = Math.max(all.max, merged.max);
  }
  return aggregateValue(all, by);
}
