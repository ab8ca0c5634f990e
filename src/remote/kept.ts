/** What is kept of one question: the numbers so far, and which of them need not be asked again. */
import type { Joint } from '../aws/joint.ts';
import type { Series } from '../core/series.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import { type Changes, changedFrom, firstChanges, noted } from '../lib/changes.ts';
import { type Column, columnOf, EMPTY, type Numbers, replaced, since } from '../lib/column.ts';
import { ColumnSeries } from '../lib/column-series.ts';
import { alignDown, LATE_PERIODS } from '../lib/periods.ts';
import { add, hull, missing, type Spans } from '../lib/spans.ts';
import { plainText } from '../lib/text.ts';

export interface Question {
  /** Equal exactly when two questions are the same. */
  readonly key: string;
  /** The question in words. */
  readonly text: string;
  readonly period: Duration;
}

/** A stretch that was answered, or is being asked, at an instant. */
export interface Asked {
  readonly at: Instant;
  readonly span: Window;
}

export interface Kept {
  readonly question: Question;
  readonly settle: Duration;
  points: Column;
  /** From when on the numbers became others, answer by answer. */
  changes: Changes;
  /** Answered after it had settled. */
  final: Spans;
  /** Answered while some of it had not. */
  live: readonly Asked[];
  readonly pending: Set<{ asked: Asked; readonly work: Joint<void>; begun: boolean }>;
  /** Series made of what is kept now, by where they begin and end. */
  served: Map<string, Series>;
  usedAt: Instant;
  /** How far back it was looked at in this stretch of time, and in the one before; what is older is of no more use. */
  reach: { since: Instant; from: Instant; before: Instant };
}

/** What nobody looked at for so long is forgotten. */
export const UNUSED: Duration = 3_600_000;

export function emptyKept(question: Question, settle: Duration, now: Instant): Kept {
  return {
    question,
    settle,
    points: EMPTY,
    changes: firstChanges(),
    final: [],
    live: [],
    pending: new Set(),
    served: new Map(),
    usedAt: now,
    reach: { since: now, from: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY },
  };
}

function settledEdge({ question, settle }: Kept, now: Instant): Instant {
  return alignDown(now - settle, question.period);
}

/** Since then no period has settled: what was answered then is as new as it gets. */
export function isCurrent(kept: Kept, asked: Asked, now: Instant): boolean {
  return settledEdge(kept, asked.at) === settledEdge(kept, now);
}

/** The part of a stretch that has to be asked; undefined when nothing new can have arrived. */
export function gapIn(kept: Kept, stretch: Window, now: Instant): Window | undefined {
  const current = kept.live.filter((asked) => isCurrent(kept, asked, now));
  const known = current.reduce((spans, { span }) => add(spans, span), kept.final);
  return hull(missing(stretch, known));
}

/** A gap with the settled periods before it that are worth another look. */
export function withLate(kept: Kept, gap: Window): Window {
  const earliest = Math.min(gap.from, kept.final[0]?.from ?? gap.from);
  return { from: Math.max(earliest, gap.from - LATE_PERIODS * kept.question.period), to: gap.to };
}

/** What is kept with a stretch of it replaced. */
function put(kept: Kept, span: Window, numbers: Numbers): void {
  const fresh = columnOf(numbers);
  kept.changes = noted(kept.changes, changedFrom(kept.points, span, fresh));
  kept.points = replaced(kept.points, span, fresh);
}

/** Takes a sample in, which is never taken again. */
export function keepSample(kept: Kept, { span }: Asked, numbers: Numbers): void {
  put(kept, span, numbers);
  kept.final = add(kept.final, span);
  kept.served = new Map();
}

/** Takes an answer in: within its stretch the newest answer is the truth, a point that is gone included. */
export function merge(kept: Kept, { at, span }: Asked, numbers: Numbers): void {
  const { period } = kept.question;
  // What was the newest period then is the newest for as long as nothing more has settled.
  const to = span.to >= alignDown(at, period) ? Number.POSITIVE_INFINITY : span.to;
  put(kept, span, numbers);
  kept.final = add(kept.final, { from: span.from, to: Math.min(span.to, settledEdge(kept, at)) });
  kept.live = [...kept.live.filter((one) => isCurrent(kept, one, at)), { at, span: { from: span.from, to } }];
  kept.served = new Map();
}

/** Takes note that it is looked at from an instant on, and forgets what nobody looked at lately. */
export function lookedAt(kept: Kept, from: Instant, now: Instant): void {
  kept.usedAt = now;
  const { reach } = kept;
  if (now - reach.since < UNUSED) {
    reach.from = Math.min(reach.from, from);
    return;
  }
  kept.reach = { since: now, from, before: reach.from };
  const oldest = alignDown(Math.min(from, reach.from), kept.question.period);
  const points = since(kept.points, oldest);
  // Who reads on from what is cut off now must read everything.
  if (points !== kept.points) kept.changes = firstChanges();
  kept.points = points;
  kept.final = kept.final
    .filter((span) => span.to > oldest)
    .map((span) => ({ from: Math.max(span.from, oldest), to: span.to }));
}

/** A query for a sentence: those of a policy file may go over several lines. */
function inOneLine(text: string): string {
  return plainText(text.replace(/\s+/g, ' ').trim(), 300);
}

/** The very same series for as long as nothing new was answered or has settled, so that it is judged once. */
export function seriesOf(kept: Kept, stretch: Window, now: Instant): Series {
  const settledUntil = settledEdge(kept, now);
  const key = `${stretch.from}-${stretch.to}-${settledUntil}`;
  const known = kept.served.get(key);
  if (known !== undefined) return known;
  for (const [old, series] of kept.served) if (series.settledUntil !== settledUntil) kept.served.delete(old);
  const { period } = kept.question;
  const query = inOneLine(kept.question.text);
  const { points, changes } = kept;
  const held = { query, period, growing: false, points, inputs: [], named: [], changes };
  const made = new ColumnSeries(held, stretch, settledUntil);
  kept.served.set(key, made);
  return made;
}
