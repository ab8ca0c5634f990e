/** Packs asks into as few GetMetricData calls as the limits allow, each distinct metric once where possible. */
import { periodsIn } from '../../lib/periods.ts';
import {
  type Addition,
  type Ask,
  additionOf,
  type Call,
  callOf,
  type Draft,
  emptyDraft,
  put,
  unionOf,
  usesMetricsFunction,
} from './compose.ts';
import { MOST_DATAPOINTS, MOST_QUERIES } from './limits.ts';
import type { Question } from './question.ts';

/**
 * Asks that may share a call: one grid of periods, since the start is the call's; the very same stretch where the
 * value depends on it. What may not share has a lane to itself.
 */
function laneOf({ question, span, suspect }: Ask, index: number): string | number {
  if (suspect || usesMetricsFunction(question)) return `alone ${index}`;
  const whole = question.expression?.kind === 'math' && question.expression.reach === 'whole';
  return whole ? `${question.period} ${span.from} ${span.to}` : question.period;
}

/** Takes the ask when the limits allow; an empty draft takes any. */
function take<One extends Ask>(draft: Draft<One>, ask: One, addition: Addition): boolean {
  const { numbers, series, insights, asks } = draft;
  const fits =
    numbers.size + addition.queries <= MOST_QUERIES &&
    (series + addition.series) * periodsIn(unionOf(draft.span, ask.span), ask.question.period) <= MOST_DATAPOINTS &&
    insights + addition.insights <= 1;
  if (!fits && asks.length > 0) return false;
  put(draft, ask, addition);
  return true;
}

/** Drafts by the keys they hold: almost always one, and there are tens of thousands. */
type Holders<One extends Ask> = Map<string, Draft<One> | Draft<One>[]>;

function hold<One extends Ask>(holders: Holders<One>, key: string, draft: Draft<One>): void {
  const known = holders.get(key);
  if (known === undefined || known === draft) holders.set(key, draft);
  else if (!Array.isArray(known)) holders.set(key, [known, draft]);
  else if (!known.includes(draft)) known.push(draft);
}

const NOBODY: readonly never[] = [];

function withAlso<One extends Ask>(found: readonly Draft<One>[], known: Draft<One> | Draft<One>[] | undefined) {
  if (known === undefined) return found;
  return [...new Set([...found, ...(Array.isArray(known) ? known : [known])])];
}

/** The drafts that hold something of a question; what has its expression has its metrics too. */
function related<One extends Ask>(holders: Holders<One>, { metrics, key }: Question): readonly Draft<One>[] {
  let found: readonly Draft<One>[] = NOBODY;
  for (const metric of metrics) found = withAlso(found, holders.get(metric.key));
  return metrics.length === 0 ? withAlso(found, holders.get(key)) : found;
}

/** An ask that shares a metric with a draft goes there first, so that the metric is billed once. */
function pack<One extends Ask>(asks: readonly One[]): readonly Draft<One>[] {
  const drafts: Draft<One>[] = [];
  const holders: Holders<One> = new Map();
  /** The first draft with room for so many queries: one that has none never has any again. */
  const roomy: number[] = [];
  const firstWithRoom = (queries: number): number => {
    let index = roomy[queries] ?? 0;
    while (index < drafts.length && (drafts[index]?.numbers.size ?? 0) + queries > MOST_QUERIES) index++;
    roomy[queries] = index;
    return index;
  };
  const takerOf = (ask: One): Draft<One> => {
    const { question } = ask;
    for (const draft of related(holders, question)) {
      if (take(draft, ask, additionOf(question, draft.numbers))) return draft;
    }
    // All of it is new to a draft that is not related.
    const whole = additionOf(question);
    for (let index = firstWithRoom(whole.queries); index < drafts.length; index++) {
      const draft = drafts[index];
      if (draft !== undefined && take(draft, ask, whole)) return draft;
    }
    const made = emptyDraft<One>();
    take(made, ask, whole);
    drafts.push(made);
    return made;
  };
  // Short stretches first: a long one would widen the stretch of everything that shares its call.
  for (const ask of asks.toSorted((a, b) => b.span.from - a.span.from)) {
    const draft = takerOf(ask);
    const { metrics, key } = ask.question;
    for (const metric of metrics) hold(holders, metric.key, draft);
    if (metrics.length === 0) hold(holders, key, draft);
  }
  return drafts;
}

/** The calls that ask everything once; each ask alone must fit a call (it is cut into pieces before). */
export function callsOf<One extends Ask>(asks: readonly One[]): readonly Call<One>[] {
  const lanes = Map.groupBy(asks, laneOf);
  return [...lanes.values()].flatMap(pack).map(callOf);
}
