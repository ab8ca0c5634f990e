/** The labels CloudWatch gives to results that were given none. */
import type { PlannedQuery } from './plan.ts';

/** By query id: a metric's name, with its dimensions where two metrics share a name; an expression's id; none for Insights. */
export function labelsOf(planned: readonly PlannedQuery[]): ReadonlyMap<string, string> {
  const names = planned.flatMap(({ asked }) => (asked.kind === 'metric' ? [asked.question.metric.name] : []));
  const counts = Map.groupBy(names, (name) => name);
  const shared = (name: string) => (counts.get(name)?.length ?? 0) > 1;
  return new Map(planned.map((query) => [query.id, query.label ?? defaultLabel(query, shared)]));
}

function defaultLabel({ id, asked }: PlannedQuery, shared: (name: string) => boolean): string {
  if (asked.kind === 'insights') return '';
  if (asked.kind === 'math') return id;
  const { name, dimensions } = asked.question.metric;
  return shared(name) ? [...dimensions.map(({ value }) => value), name].join(' ') : name;
}
