/** What is held of one question: the numbers so far, which of them are final, and what must be asked again. */
import type { Joint } from '../../aws/joint.ts';
import type { Duration, Instant, Window } from '../../core/time.ts';
import { type Changes, changedFrom, firstChanges, noted } from '../../lib/changes.ts';
import { alongside, type Column, EMPTY, replaced, since } from '../../lib/column.ts';
import type { ColumnSeries } from '../../lib/column-series.ts';
import { alignDown, LATE_PERIODS } from '../../lib/periods.ts';
import { add, hull, missing, type Spans } from '../../lib/spans.ts';
import type { Answer } from './answer.ts';
import type { Question } from './question.ts';

/** A stretch that was asked or is being asked at an instant; `to` is Infinity when it went up to the newest period. */
interface Asked {
  readonly at: Instant;
  readonly span: Window;
}

export interface Pending extends Asked {
  readonly work: Joint<void>;
}

/** Thousands are held, and nothing is under way for most: what is empty is shared. */
const NONE: readonly Pending[] = [];

export interface Held {
  readonly question: Question;
  readonly settle: Duration;
  points: Column;
  inputs: ReadonlyMap<string, Column>;
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
  /** How far back it was looked at in this stretch of time, and in the one before; what is older is of no more use. */
  reach: { since: Instant; from: Instant; before: Instant };
}

/** What nobody looked at for so long is forgotten. */
export const UNUSED: Duration = 3_600_000;

export function emptyHeld(question: Question, settle: Duration, now: Instant): Held {
  return {
    question,
    settle,
    points: EMPTY,
    inputs: new Map(),
    changes: firstChanges(),
    served: undefined,
    pending: NONE,
    final: [],
    live: [],
    suspect: false,
    usedAt: now,
    reach: { since: now, from: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY },
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

/** The stretch that has to be asked so that this one is held; undefined when nothing new can have arrived. */
export function toAsk(held: Held, stretch: Window, now: Instant): Window | undefined {
  const { period } = held.question;
  const current = held.live.filter((asked) => isCurrent(held, asked, now));
  const known = current.reduce((spans, { span }) => add(spans, span), held.final);
  const gap = hull(missing(stretch, known));
  if (gap === undefined) return undefined;
  if (isWhole(held.question)) return stretch;
  const earliest = Math.min(gap.from, held.final[0]?.from ?? gap.from);
  return { from: Math.max(earliest, gap.from - LATE_PERIODS * period), to: gap.to };
}

/** Work already under way that will cover the stretch. */
export function underWay(held: Held, stretch: Window, now: Instant): Joint<void> | undefined {
  for (const asked of held.pending) {
    const covers = asked.span.from <= stretch.from && asked.span.to >= stretch.to;
    if (covers && isCurrent(held, asked, now)) return asked.work;
  }
  return undefined;
}

/** An ask as it is remembered. */
export function askedOf(held: Held, span: Window, now: Instant): Asked {
  const newest = alignDown(now, held.question.period);
  return { at: now, span: { from: span.from, to: span.to >= newest ? Number.POSITIVE_INFINITY : span.to } };
}

/** Takes an answer in: within its stretch the newest answer is the truth, a point that is gone included. */
export function merge(held: Held, span: Window, asked: Asked, answer: Answer): void {
  let from = changedFrom(held.points, span, answer.points);
  held.points = replaced(held.points, span, answer.points);
  const inputs = new Map(held.inputs);
  for (const [name, numbers] of answer.inputs) {
    const before = inputs.get(name) ?? EMPTY;
    from = Math.min(from, changedFrom(before, span, numbers));
    inputs.set(name, alongside(replaced(before, span, numbers), held.points));
  }
  held.inputs = inputs;
  held.changes = noted(held.changes, from);
  held.served = undefined;
  held.final = add(held.final, { from: span.from, to: Math.min(span.to, settledEdge(held, asked.at)) });
  held.live = [...held.live.filter((one) => isCurrent(held, one, asked.at)), asked];
}

/** Takes note that it is looked at from an instant on. */
export function lookedAt(held: Held, from: Instant, now: Instant): void {
  held.usedAt = now;
  const { reach } = held;
  if (now - reach.since >= UNUSED) held.reach = { since: now, from, before: reach.from };
  else reach.from = Math.min(reach.from, from);
}

/** The oldest point that anybody looked at lately. */
export function oldestUsed({ reach }: Held): Instant {
  return Math.min(reach.from, reach.before);
}

/** Forgets what is older than this. */
export function trim(held: Held, oldest: Instant): void {
  const points = since(held.points, oldest);
  const inputs = [...held.inputs].map(([name, numbers]) => [name, since(numbers, oldest)] as const);
  // Who reads on from what is cut off now must read everything.
  const isCut = points !== held.points || inputs.some(([name, numbers]) => numbers !== held.inputs.get(name));
  if (isCut) held.changes = firstChanges();
  held.points = points;
  held.inputs = new Map(inputs);
  held.served = undefined;
  held.final = held.final
    .filter((span) => span.to > oldest)
    .map(({ from, to }) => ({ from: Math.max(from, oldest), to }));
}

/** Takes note of work that is under way, until it is over. */
export function begun(held: Held, pending: Pending): void {
  held.pending = [...held.pending, pending];
  pending.work.whenOver(() => {
    const rest = held.pending.filter((one) => one !== pending);
    held.pending = rest.length === 0 ? NONE : rest;
  });
}
