/** Packs asks into as few GetMetricData calls as the limits allow, each distinct metric once where possible. */
import type { Window } from '../../core/time.ts';
import { periodsIn } from '../../lib/periods.ts';
import { type Ask, type Call, callOf, keysOf, unionOf, usesMetricsFunction } from './compose.ts';
import { MOST_DATAPOINTS, MOST_QUERIES } from './limits.ts';
import { seriesCount } from './question.ts';

/** A call in the making. */
interface Draft {
  readonly asks: Ask[];
  readonly keys: Set<string>;
  span: Window | undefined;
  series: number;
  insights: number;
}

/**
 * Asks that may share a call: one grid of periods, since the start is the call's; the very same stretch where the
 * value depends on it. What may not share has a lane to itself.
 */
function laneOf(ask: Ask, index: number): string {
  const { question, span } = ask;
  if (ask.suspect || usesMetricsFunction(question)) return `alone ${index}`;
  const whole = question.expression?.kind === 'math' && question.expression.reach === 'whole';
  return whole ? `${question.period} ${span.from} ${span.to}` : `${question.period}`;
}

/** Takes the ask, with what it puts into a call, when the limits allow; an empty draft takes any. */
function take(draft: Draft, ask: Ask, keys: readonly string[]): boolean {
  const { question } = ask;
  const fresh = keys.filter((key) => !draft.keys.has(key));
  const insights = draft.insights + (question.expression?.kind === 'insights' && fresh.length > 0 ? 1 : 0);
  const span = unionOf(draft.span, ask.span);
  // A band gives two series under one id; metrics under two names give one under two.
  const series = draft.series + fresh.length + Math.max(0, seriesCount(question) - keys.length);
  const fits =
    draft.keys.size + fresh.length <= MOST_QUERIES &&
    series * periodsIn(span, question.period) <= MOST_DATAPOINTS &&
    insights <= 1;
  if (!fits && draft.asks.length > 0) return false;
  for (const key of fresh) draft.keys.add(key);
  draft.asks.push(ask);
  Object.assign(draft, { span, series, insights });
  return true;
}

/** An ask that shares a metric with a draft goes there first, so that the metric is billed once. */
function pack(asks: readonly Ask[]): readonly Draft[] {
  const drafts: Draft[] = [];
  /** Drafts by the keys they hold. */
  const holders = new Map<string, Draft[]>();
  const hold = (draft: Draft, keys: readonly string[]) => {
    for (const key of keys) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [draft]);
      else if (!known.includes(draft)) known.push(draft);
    }
  };
  // Short stretches first: a long one would widen the stretch of everything that shares its call.
  for (const ask of asks.toSorted((a, b) => b.span.from - a.span.from)) {
    const keys = keysOf(ask.question);
    const related = new Set(keys.flatMap((key) => holders.get(key) ?? []));
    const hasRoom = (draft: Draft) => draft.keys.size + keys.length <= MOST_QUERIES;
    const takes = (draft: Draft) => take(draft, ask, keys);
    // All of its keys are new to a draft that is not related.
    const taker = [...related].find(takes) ?? drafts.find((draft) => hasRoom(draft) && takes(draft));
    const draft = taker ?? { asks: [], keys: new Set<string>(), span: undefined, series: 0, insights: 0 };
    if (taker === undefined) {
      takes(draft);
      drafts.push(draft);
    }
    hold(draft, keys);
  }
  return drafts;
}

/** The calls that ask everything once; each ask alone must fit a call (it is cut into pieces before). */
export function callsOf(asks: readonly Ask[]): readonly Call[] {
  const lanes = Map.groupBy(asks.entries(), ([index, ask]) => laneOf(ask, index));
  const drafts = [...lanes.values()].flatMap((lane) => pack(lane.map(([, ask]) => ask)));
  return drafts.map((draft) => callOf(draft.asks));
}
