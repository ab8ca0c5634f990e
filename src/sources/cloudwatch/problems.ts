/** What is wrong with a query beyond the shape of its keys. */
import { type MetricMath, parseExpression } from './expression.ts';

interface QueryShape {
  readonly metrics: Readonly<Record<string, { readonly dimensions: Readonly<Record<string, string>> }>>;
  readonly expression?: string | undefined;
}

export interface QueryProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** A call takes 500 queries, and the expression is one of them. */
const MOST_METRICS = 499;
const MOST_DIMENSIONS = 30;
const MANY: Readonly<Record<string, string>> = {
  SEARCH: 'SUM(SEARCH(…))',
  METRICS: 'SUM(METRICS())',
  SORT: 'SUM(SORT(…))',
  SLICE: 'SUM(SLICE(…))',
};

function atExpression(message: string): QueryProblem {
  return { path: ['expression'], message };
}

function sizes({ metrics }: QueryShape): readonly QueryProblem[] {
  const found: QueryProblem[] = [];
  const count = Object.keys(metrics).length;
  if (count > MOST_METRICS) {
    found.push({ path: ['metrics'], message: `expected at most ${MOST_METRICS} metrics in one query, found ${count}` });
  }
  for (const [name, { dimensions }] of Object.entries(metrics)) {
    const dims = Object.keys(dimensions).length;
    if (dims <= MOST_DIMENSIONS) continue;
    const message = `expected at most ${MOST_DIMENSIONS} dimensions, found ${dims}`;
    found.push({ path: ['metrics', name, 'dimensions'], message });
  }
  return found;
}

function withoutExpression(names: readonly string[]): readonly QueryProblem[] {
  if (names.length === 1) return [];
  const message =
    names.length === 0
      ? 'expected at least one metric, or a Metrics Insights query or SEARCH as the expression'
      : `expected an expression that says how ${names.join(', ')} become one series`;
  return [names.length === 0 ? { path: ['metrics'], message } : atExpression(message)];
}

function insights(text: string, names: readonly string[]): readonly QueryProblem[] {
  const found: QueryProblem[] = [];
  if (names.length > 0) {
    const message = `expected no metrics beside a Metrics Insights query, which names its own (found ${names.join(', ')})`;
    found.push({ path: ['metrics'], message });
  }
  if (/\bGROUP\s+BY\b/i.test(text)) {
    found.push(atExpression('GROUP BY gives many series and a rule judges one: leave it out'));
  }
  return found;
}

function unknownNames(math: MetricMath, names: readonly string[]): readonly QueryProblem[] {
  const defined = names.length === 0 ? 'there are none' : names.join(', ');
  return math.names
    .filter((name) => !names.includes(name))
    .map((name) => atExpression(`expression names "${name}", which is not in metrics (${defined})`));
}

function isUsed(math: MetricMath, name: string): boolean {
  return math.names.includes(name) || math.metricsFilters.some((filter) => name.includes(filter ?? ''));
}

function unusedMetrics(math: MetricMath, names: readonly string[]): readonly QueryProblem[] {
  return names
    .filter((name) => !isUsed(math, name))
    .map((name) => ({
      path: ['metrics', name],
      message: `metric "${name}" is not used by the expression ${math.text}: use it or leave it out (every metric asked is billed)`,
    }));
}

function manySeries(math: MetricMath): readonly QueryProblem[] {
  const instead = math.outermost === undefined ? undefined : MANY[math.outermost];
  return instead === undefined
    ? []
    : [atExpression(`${math.outermost} gives many series and a rule judges one: fold them, e.g. ${instead}`)];
}

function noData(math: MetricMath, names: readonly string[]): readonly QueryProblem[] {
  if (names.length > 0 || math.names.length > 0 || math.functions.includes('SEARCH')) return [];
  return [atExpression('expression names no metric')];
}

/** All problems, each with the path from the query's own object. */
export function queryProblems(query: QueryShape): readonly QueryProblem[] {
  const names = Object.keys(query.metrics);
  if (query.expression === undefined) return [...sizes(query), ...withoutExpression(names)];
  const parsed = parseExpression(query.expression);
  if (!parsed.ok) return [...sizes(query), atExpression(parsed.problem)];
  const { expression } = parsed;
  if (expression.kind === 'insights') return [...sizes(query), ...insights(expression.text, names)];
  const unknown = unknownNames(expression, names);
  // A misspelt name also leaves its metric unused: one mistake, one message.
  const unused = unknown.length > 0 ? [] : unusedMetrics(expression, names);
  return [...sizes(query), ...unknown, ...unused, ...noData(expression, names), ...manySeries(expression)];
}
