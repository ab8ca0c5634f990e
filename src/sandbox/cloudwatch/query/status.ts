/** How complete a result is: by the faults asked for, and by the account it reads from. */
import type { FaultRule } from '../../faults.ts';
import { pairsOf, seriesOf, type TimeSeries } from '../metrics/series.ts';
import type { Asking } from './asking.ts';
import type { PlannedQuery } from './plan.ts';

export interface Status {
  readonly code: 'Complete' | 'PartialData' | 'InternalError' | 'Forbidden';
  readonly message?: string;
}

const BY_FAULT: Readonly<Partial<Record<FaultRule['kind'], Status>>> = {
  forbidden: { code: 'Forbidden', message: 'The caller is not allowed to read this metric.' },
  'internal-error': { code: 'InternalError', message: 'An internal error occurred while reading this metric.' },
  'partial-data': { code: 'PartialData', message: 'Only part of the data could be read; try again for the rest.' },
};

const WORST_FIRST = ['Forbidden', 'InternalError', 'PartialData'] as const;

/** The worst of the query's own status and of those it is computed from. */
export function statusOf(id: string, byId: ReadonlyMap<string, PlannedQuery>, asking: Asking): Status {
  const query = byId.get(id);
  if (query === undefined) return { code: 'Complete' };
  const own = ownStatuses(query, asking);
  const all = [...own, ...query.uses.map((used) => statusOf(used, byId, asking))];
  for (const code of WORST_FIRST) {
    const found = all.find((status) => status.code === code);
    if (found !== undefined) return found;
  }
  return { code: 'Complete' };
}

function ownStatuses({ asked }: PlannedQuery, { account, storeOf, effects }: Asking): readonly Status[] {
  if (asked.kind === 'math') return [];
  const name = asked.kind === 'metric' ? asked.question.metric.name : asked.insights.metric;
  const faults = effects.filter((rule) => rule.metric === undefined || rule.metric === name);
  const statuses = faults.flatMap((rule) => BY_FAULT[rule.kind] ?? []);
  const other = asked.kind === 'metric' && asked.account !== account ? asked.account : undefined;
  if (other === undefined || storeOf(other) !== undefined) return statuses;
  return [
    ...statuses,
    { code: 'Forbidden', message: `The account ${other} does not share its metrics with ${account}.` },
  ];
}

/** Every second datapoint, without the newest: what PartialData leaves of a series. */
export function dropSome(series: TimeSeries): TimeSeries {
  const pairs = [...pairsOf(series)];
  const kept = pairs.filter((_, index) => (pairs.length - 1 - index) % 2 === 1);
  return seriesOf(series.label, series.period, kept);
}
