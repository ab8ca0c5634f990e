/** Answers planned queries: reads metrics, computes expressions, and says how complete each result is. */
import type { Window } from '../../../core/time.ts';
import { BAND_HISTORY } from '../math/anomaly-band.ts';
import { evaluate } from '../math/evaluate.ts';
import { type MathContext, several, single, type Value } from '../math/value.ts';
import { type Question, readSeries } from '../metrics/read.ts';
import { seriesOf, type TimeSeries } from '../metrics/series.ts';
import type { Store } from '../metrics/store.ts';
import type { Asking } from './asking.ts';
import { runInsights } from './insights.ts';
import { labelsOf } from './labels.ts';
import { inQuery, type PlannedQuery } from './plan.ts';
import { roundStart } from './round-start.ts';
import { dropSome, type Status, statusOf } from './status.ts';

export interface Answers {
  /** The value of a query; undefined when there is none with this id. Throws a Rejection that names the query. */
  valueFor(id: string): Value | undefined;
  statusOf(id: string): Status;
}

export function answerQueries(planned: readonly PlannedQuery[], asking: Asking): Answers {
  const byId = new Map(planned.map((query) => [query.id, query]));
  const labels = labelsOf(planned);
  const values = new Map<string, Value>();
  const statusFor = (id: string) => statusOf(id, byId, asking);
  const valueFor = (id: string): Value | undefined => {
    const query = byId.get(id);
    const known = values.get(id);
    if (known !== undefined || query === undefined) return known;
    const value = labelled(compute(query), labels.get(id) ?? id, query);
    values.set(id, value);
    return value;
  };
  const compute = (query: PlannedQuery): Value => {
    const { asked } = query;
    const status = statusFor(query.id);
    const read = (question: Question, window: Window) => {
      const series = readSeries(
        storeFor(query, asking),
        asking.faults,
        question,
        roundStart(window, asking.now, question.period),
        asking.now,
      );
      return status.code === 'PartialData' ? dropSome(series) : series;
    };
    if (status.code === 'InternalError' || status.code === 'Forbidden') return nothingFor(query);
    if (asked.kind === 'metric') return single(read(asked.question, asking.window));
    if (asked.kind === 'math') return inQuery(query.id, () => evaluate(asked.expression, context));
    return several(runInsights(asked.insights, asked.period, asking.store.all(), asking.window, read));
  };
  const context: MathContext = {
    window: roundStart(asking.window, asking.now, finestPeriod(planned)),
    now: asking.now,
    period: finestPeriod(planned),
    valueFor,
    metrics: (part = '') =>
      planned
        .filter(({ id, asked }) => asked.kind === 'metric' && id.includes(part))
        .flatMap(({ id }) => seriesIn(valueFor(id))),
    historyOf(id) {
      if (!byId.has(id)) return undefined;
      const window = { ...asking.window, from: asking.window.from - BAND_HISTORY };
      const [series] = seriesIn(answerQueries(planned, { ...asking, window }).valueFor(id));
      return series;
    },
  };
  return { valueFor, statusOf: statusFor };
}

/** All series of a value; a number has none. */
export function seriesIn(value: Value | undefined): readonly TimeSeries[] {
  if (value?.kind === 'series') return [value.series];
  return value?.kind === 'array' ? value.series : [];
}

function storeFor(query: PlannedQuery, asking: Asking): Store {
  const account = query.asked.kind === 'metric' ? query.asked.account : undefined;
  return account === undefined || account === asking.account ? asking.store : (asking.storeOf(account) ?? asking.store);
}

/** What stands in for a query that could not be answered. */
function nothingFor({ asked }: PlannedQuery): Value {
  return single(seriesOf('', asked.kind === 'metric' ? asked.question.period : 60_000, []));
}

function labelled(value: Value, label: string, { asked }: PlannedQuery): Value {
  if (value.kind === 'series') return single({ ...value.series, label });
  if (value.kind !== 'array' || (asked.kind === 'insights' && label === '')) return value;
  return several(value.series.map((series) => ({ ...series, label: `${label} ${series.label}` })));
}

function finestPeriod(planned: readonly PlannedQuery[]): number {
  const periods = planned.flatMap(({ asked }) => {
    if (asked.kind === 'metric') return [asked.question.period];
    return asked.kind === 'insights' ? [asked.period] : [];
  });
  return periods.length === 0 ? 60_000 : Math.min(...periods);
}
