/** What is held of one question: the numbers so far, which of them are final, and what must be asked again. */
import type { Joint } from '../../aws/joint.ts';
import type { Duration, Instant, Window } from '../../core/time.ts';
import { type Changes, changedFrom, firstChanges, noted } from '../../lib/changes.ts';
import { alongside, type Column, EMPTY, replaced, since } from '../../lib/column.ts';
import type { ColumnSeries } from '../../lib/column-series.ts';
import { lastMade } from '../../lib/last-made.ts';
import { alignDown, LATE_PERIODS } from '../../lib/periods.ts';
import { add, type Spans } from '../../lib/spans.ts';
import type { Answer } from './answer.ts';
import type { Question } from './question.ts';

/** A stretch that was asked or is being asked at an instant; `to` is Infinity when it went up to the newest period. */
export interface Asked {
  readonly at: Instant;
  readonly span: Window;
}

/** Work that will bring a stretch. */
export interface Pending extends Joint<void> {
  readonly asked: Asked;
}

/** Thousands are held, and nothing is under way for most: what is empty is shared. */
const NONE: readonly never[] = [];

export interface Held {
  /** Under which it is held. */
  readonly key: string;
  readonly question: Question;
  readonly settle: Duration;
  points: Column;
  /** Those of the question's metrics, in their order; none where the one metric is the answer. */
  inputs: readonly Column[];
  /** From when on the numbers became others, answer by answer. */
  changes: Changes;
  /** The series made last of what is held now. */
  served: ColumnSeries | undefined;
  pending: readonly Pending[];
  /** Asked after it had settled: final. */
  final: Spans;
  /** Asked while some of it was not settled yet. */
  live: readonly Asked[];
  suspect: boolean;
  usedAt: Instant;
  /** What is older is of no more use. */
  reach: Reach;
}

/** How far back something was looked at in a stretch of time that began at `since`, and in the one before. */
interface Reach {
  readonly since: Instant;
  readonly from: Instant;
  readonly before: Instant;
}

/** What nobody looked at for so long is forgotten. */
export const UNUSED: Duration = 3_600_000;

const UNSEEN: Reach = {
  since: Number.NEGATIVE_INFINITY,
  from: Number.POSITIVE_INFINITY,
  before: Number.POSITIVE_INFINITY,
};

const reachOf = lastMade((since: Instant, from: Instant, before: Instant): Reach => ({ since, from, before }));

export function emptyHeld(key: string, question: Question, settle: Duration, now: Instant): Held {
  return {
    key,
    question,
    settle,
    points: EMPTY,
    inputs: NONE,
    changes: firstChanges(),
    served: undefined,
    pending: NONE,
    final: NONE,
    live: NONE,
    suspect: false,
    usedAt: now,
    reach: UNSEEN,
  };
}

function settledEdge({ question, settle }: Held, now: Instant): Instant {
  return alignDown(now - settle, question.period);
}

export function isWhole({ expression }: Question): boolean {
  return expression?.kind === 'math' && expression.reach === 'whole';
}

/** Since then no period has settled: what was asked then is as new as it gets. */
function isCurrent(held: Held, asked: Asked, now: Instant): boolean {
  return settledEdge(held, asked.at) === settledEdge(held, now);
}

/** How far from an instant on there is no gap in what is held; the instant itself where one begins there. */
function heldUntil(held: Held, instant: Instant, now: Instant): Instant {
  let until = instant;
  for (let before = Number.NaN; before !== until; ) {
    before = until;
    for (const { from, to } of held.final) if (from <= until && to > until) until = to;
    for (const asked of held.live) {
      const { from, to } = asked.span;
      if (from <= until && to > until && isCurrent(held, asked, now)) until = to;
    }
  }
  return until;
}

/** From where on there is no gap up to an instant. */
function heldSince(held: Held, instant: Instant, now: Instant): Instant {
  let since = instant;
  for (let before = Number.NaN; before !== since; ) {
    before = since;
    for (const { from, to } of held.final) if (to >= since && from < since) since = from;
    for (const asked of held.live) {
      const { from, to } = asked.span;
      if (to >= since && from < since && isCurrent(held, asked, now)) since = from;
    }
  }
  return since;
}

/** The stretch that has to be asked so that this one is held; undefined when nothing new can have arrived. */
export function toAsk(held: Held, stretch: Window, now: Instant): Window | undefined {
  const gap = heldUntil(held, stretch.from, now);
  if (gap >= stretch.to) return undefined;
  if (isWhole(held.question)) return stretch;
  const earliest = Math.min(gap, held.final[0]?.from ?? gap);
  const from = Math.max(earliest, gap - LATE_PERIODS * held.question.period);
  return { from, to: heldSince(held, stretch.to, now) };
}

/** Work already under way that will cover the stretch. */
export function underWay(held: Held, stretch: Window, now: Instant): Pending | undefined {
  for (const work of held.pending) {
    const { asked } = work;
    const covers = asked.span.from <= stretch.from && asked.span.to >= stretch.to;
    if (covers && isCurrent(held, asked, now)) return work;
  }
  return undefined;
}

const askOf = lastMade((at: Instant, from: Instant, to: Instant): Asked => ({ at, span: { from, to } }));
const alone = lastMade((asked: Asked): readonly Asked[] => [asked]);

/** Most of what is held is final over the same stretch. */
let lastFinal: Spans = NONE;

/** An ask as it is remembered. */
export function askedOf({ question }: Held, { from, to: end }: Window, at: Instant): Asked {
  const to = end >= alignDown(at, question.period) ? Number.POSITIVE_INFINITY : end;
  return askOf(at, from, to);
}

/** The spans with one more; the very same as those made before where they are equal. */
function added(spans: Spans, span: Window): Spans {
  const [known, one] = [lastFinal[0], spans[0]];
  const goesOn = one !== undefined && spans.length === 1 && span.from <= one.to && span.to > one.to;
  if (known !== undefined && goesOn && known.from === Math.min(one.from, span.from) && known.to === span.to) {
    return lastFinal;
  }
  const made = add(spans, span);
  if (made.length === 1) lastFinal = made;
  return made;
}

/** Takes an answer in: within its stretch the newest answer is the truth, a point that is gone included. */
export function merge(held: Held, span: Window, asked: Asked, answer: Answer): void {
  let from = changedFrom(held.points, span, answer.points);
  const points = replaced(held.points, span, answer.points);
  held.points = points;
  const before = held.inputs;
  held.inputs = answer.inputs.map((numbers, index) => {
    const old = before[index] ?? EMPTY;
    from = Math.min(from, changedFrom(old, span, numbers));
    return alongside(replaced(old, span, numbers), points);
  });
  held.changes = noted(held.changes, from);
  held.served = undefined;
  held.final = added(held.final, { from: span.from, to: Math.min(span.to, settledEdge(held, asked.at)) });
  const live = held.live.filter((one) => isCurrent(held, one, asked.at));
  held.live = live.length === 0 ? alone(asked) : [...live, asked];
}

/** Takes note that it is looked at from an instant on. */
export function lookedAt(held: Held, from: Instant, now: Instant): void {
  held.usedAt = now;
  const { reach } = held;
  if (now - reach.since >= UNUSED) held.reach = reachOf(now, from, reach.from);
  else if (from < reach.from) held.reach = reachOf(reach.since, from, reach.before);
}

/** The oldest point that anybody looked at lately. */
export function oldestUsed({ reach }: Held): Instant {
  return Math.min(reach.from, reach.before);
}

/** Forgets what is older than this. */
export function trim(held: Held, oldest: Instant): void {
  const points = since(held.points, oldest);
  const inputs = held.inputs.map((numbers) => since(numbers, oldest));
  const [first] = held.final;
  if (first !== undefined && first.from < oldest) {
    held.final = held.final
      .filter((span) => span.to > oldest)
      .map(({ from, to }) => ({ from: Math.max(from, oldest), to }));
  }
  const isCut = points !== held.points || inputs.some((numbers, index) => numbers !== held.inputs[index]);
  if (!isCut) return;
  held.points = points;
  held.inputs = inputs;
  // Who reads on from what is cut off now must read everything.
  held.changes = firstChanges();
  held.served = undefined;
}

/** Takes note of work that is under way, until it is over. */
export function begun(held: Held, work: Pending): void {
  held.pending = held.pending.length === 0 ? [work] : [...held.pending, work];
}

export function ended(held: Held, work: Pending): void {
  held.pending =
    held.pending.length === 1 && held.pending[0] === work ? NONE : held.pending.filter((one) => one !== work);
}
