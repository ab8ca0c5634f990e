/** The labels CloudWatch gives to results that were given none. */
import type { NamedQuestion, PlannedQuery } from './plan.ts';

/**
 * By query id: a metric's name, with its dimensions or its statistic where these tell two metrics of one name apart; an
 * expression's id; nothing for Insights.
 */
export function labelsOf(planned: readonly PlannedQuery[]): ReadonlyMap<string, string> {
  const questions = planned.flatMap(({ asked }) => (asked.kind === 'metric' ? [asked.question] : []));
  const byName = Map.groupBy(questions, ({ metric }) => metric.name);
  const tells = new Map([...byName].map(([name, namesakes]) => [name, differences(namesakes)]));
  return new Map(planned.map((query) => [query.id, query.label ?? defaultLabel(query, tells)]));
}

interface Differences {
  readonly dimensions: boolean;
  readonly statistic: boolean;
}

function differences(namesakes: readonly NamedQuestion[]): Differences {
  const several = (textOf: (question: NamedQuestion) => string) => new Set(namesakes.map(textOf)).size > 1;
  return {
    dimensions: several(({ metric }) => JSON.stringify(metric.dimensions)),
    statistic: several(({ statisticName }) => statisticName),
  };
}

function defaultLabel({ id, asked }: PlannedQuery, tells: ReadonlyMap<string, Differences>): string {
  if (asked.kind === 'insights') return '';
  if (asked.kind === 'math') return id;
  const { metric, statisticName } = asked.question;
  const told = tells.get(metric.name);
  const dimensions = told?.dimensions ? metric.dimensions.map(({ value }) => value) : [];
  return [...dimensions, metric.name, ...(told?.statistic ? [statisticName] : [])].join(' ');
}
