/** Series out of what endpoints answer, asked once a period whoever looks: by stretches, or one sample at a time. */
import { abortedError, type Joint, joint } from '../aws/joint.ts';
import type { Series } from '../core/series.ts';
import { type Duration, formatDuration, type Instant, iso, type Window } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { Numbers } from '../lib/column.ts';
import { malformedAnswer } from '../lib/http.ts';
import { alignDown, alignUp } from '../lib/periods.ts';
import {
  type Asked,
  emptyKept,
  gapIn,
  isCurrent,
  type Kept,
  keepSample,
  lookedAt,
  merge,
  type Question,
  seriesOf,
  UNUSED,
  withLate,
} from './kept.ts';

/** Who looks: at which window, how long after its end a period may change, and until when somebody waits. */
interface Look {
  readonly window: Window;
  readonly settle: Duration;
  readonly signal: AbortSignal;
}

/** Gives what an endpoint has for whole periods; a period without a value is left out. Throws FailureError. */
type Fetch = (span: Window, signal: AbortSignal) => Promise<Numbers>;

/** Gives the value that stands for the period that has just ended; undefined where there is none. Throws FailureError. */
type Sample = (end: Instant, signal: AbortSignal) => Promise<number | undefined>;

export interface History {
  /** For endpoints that have a history: what is missing is asked, in one stretch for all who look in the same turn. */
  ranged(question: Question, fetch: Fetch, look: Look): Promise<Series>;
  /** For endpoints that know the present only: its value is taken once a period, and kept here. */
  sampled(question: Question, sample: Sample, look: Look): Promise<Series>;
}

const SWEEP: Duration = 300_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What is kept, by question and settle time; what nobody used for an hour is forgotten. */
function store() {
  const all = new Map<string, Kept>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  return (question: Question, settle: Duration, from: Instant, now: Instant): Kept => {
    const key = JSON.stringify([question.key, settle]);
    const known = all.get(key);
    // A clock that was put back: what was taken for final then may not have happened yet.
    const kept = known === undefined || known.usedAt > now ? emptyKept(question, settle, now) : known;
    all.set(key, kept);
    lookedAt(kept, from, now);
    if (now - sweptAt >= SWEEP || now < sweptAt) {
      sweptAt = now;
      for (const [old, { usedAt }] of all) if (now - usedAt >= UNUSED) all.delete(old);
    }
    return kept;
  };
}

/** Whole periods of a window that are over. */
function stretchOf({ from, to }: Window, period: Duration, now: Instant): Window {
  const start = alignUp(from, period);
  return { from: start, to: Math.max(start, alignDown(Math.min(to, now), period)) };
}

const covers = (outer: Window, inner: Window) => outer.from <= inner.from && outer.to >= inner.to;

/** Work that is under way, or about to begin, and will have answered a gap. */
function underWay(kept: Kept, gap: Window, now: Instant): Joint<void> | undefined {
  for (const { asked, work } of kept.pending) {
    if (isCurrent(kept, asked, now) && covers(asked.span, gap)) return work;
  }
  return undefined;
}

/** Work that has not begun yet is made to answer this gap as well. */
function widened(kept: Kept, gap: Window, now: Instant): Joint<void> | undefined {
  for (const one of kept.pending) {
    if (one.begun || !isCurrent(kept, one.asked, now)) continue;
    const { span } = one.asked;
    one.asked = { at: now, span: { from: Math.min(span.from, gap.from), to: Math.max(span.to, gap.to) } };
    return one.work;
  }
  return undefined;
}

/** Begins to ask in the next turn, so that all who look in this one are asked for at once. */
function begin(what: string, kept: Kept, asked: Asked, fetch: Fetch, keep: typeof merge): Joint<void> {
  const work = joint(what, async (signal) => {
    await turn();
    pending.begun = true;
    const numbers = await fetch(pending.asked.span, signal);
    keep(kept, pending.asked, numbers);
  });
  const pending = { asked, work, begun: false };
  kept.pending.add(pending);
  work.whenOver(() => kept.pending.delete(pending));
  return work;
}

/** Points of the asked stretch; one off the grid would be compared with the wrong neighbours. */
function onGrid(what: string, { text, period }: Question, span: Window, numbers: Numbers): Numbers {
  const kept = new Map<Instant, number>();
  for (const [at, value] of numbers) {
    if (!(at >= span.from && at < span.to)) continue;
    if (at % period !== 0) {
      throw malformedAnswer(what, `${text} has a point at ${iso(at)}, off the grid of ${formatDuration(period)}`);
    }
    kept.set(at, value);
  }
  return kept;
}

/** What is there to be held of a stretch once the work is over; undefined when it is held already. */
type Cover = (kept: Kept, stretch: Window, now: Instant) => Joint<void> | undefined;

/** `what` names the source in errors. */
export function history(what: string, clock: Clock): History {
  const keptOf = store();
  async function look(question: Question, { window, settle, signal }: Look, cover: Cover): Promise<Series> {
    if (signal.aborted) throw abortedError(what);
    const now = clock.now();
    const stretch = stretchOf(window, question.period, now);
    const kept = keptOf(question, settle, stretch.from, now);
    if (stretch.to > stretch.from) await cover(kept, stretch, now)?.join(signal);
    return seriesOf(kept, stretch, now);
  }
  return {
    ranged: (question, fetch, who) =>
      look(question, who, (kept, stretch, now) => {
        const gap = gapIn(kept, stretch, now);
        if (gap === undefined) return undefined;
        const shared = underWay(kept, gap, now) ?? widened(kept, gap, now);
        if (shared !== undefined) return shared;
        const checked: Fetch = async (span, signal) => onGrid(what, question, span, await fetch(span, signal));
        return begin(what, kept, { at: now, span: withLate(kept, gap) }, checked, merge);
      }),
    sampled: (question, sample, who) =>
      look(question, who, (kept, stretch, now) => {
        const end = alignDown(now, question.period);
        const newest = { from: end - question.period, to: end };
        // What is over cannot be sampled any more: there is what there is.
        if (stretch.to < end || gapIn(kept, newest, now) === undefined) return undefined;
        const fetch: Fetch = async (_, signal) => {
          const value = await sample(end, signal);
          return new Map(value === undefined ? [] : [[newest.from, value]]);
        };
        return underWay(kept, newest, now) ?? begin(what, kept, { at: now, span: newest }, fetch, keepSample);
      }),
  };
}
