/** The numbers of the past as they were known at an instant: a source that answers out of what was fetched before. */
import { FailureError } from '../core/failure.ts';
import type { Source } from '../core/seams.ts';
import type { Point, Series } from '../core/series.ts';
import { type Duration, type Instant, iso, type Window } from '../core/time.ts';
import { alignDown, alignUp, LATE_PERIODS } from '../lib/periods.ts';
import { add, type Spans } from '../lib/spans.ts';

/** What was fetched of one query over one stretch: periods in it without a point are missing. */
export interface Piece {
  readonly query: string;
  readonly from: Instant;
  /** Exclusive. */
  readonly to: Instant;
  readonly period: Duration;
  readonly growing: boolean;
  /** Oldest first. */
  readonly points: readonly Point[];
  readonly inputs: Readonly<Record<string, readonly Point[]>>;
}

/** Index of the first point at or after an instant. */
function indexOf(points: readonly Point[], at: Instant): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle]?.at ?? Number.POSITIVE_INFINITY) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function between(points: readonly Point[], from: Instant, to: Instant): readonly Point[] {
  return points.slice(indexOf(points, from), indexOf(points, to));
}

/** The part of a piece that lies in a window. */
export function cut(piece: Piece, { from, to }: Window): Piece {
  const within = (points: readonly Point[]) => between(points, from, to);
  const inputs = Object.fromEntries(Object.entries(piece.inputs).map(([name, points]) => [name, within(points)]));
  return {
    ...piece,
    from: Math.max(piece.from, from),
    to: Math.min(piece.to, to),
    points: within(piece.points),
    inputs,
  };
}

/** What a series says that has settled: the rest is not known yet. */
export function pieceOf(series: Series, window: Window): Piece {
  const { query, from, period, growing, points, inputs } = series;
  const to = Math.min(alignUp(window.to, period), series.settledUntil);
  return cut({ query, from, to, period, growing, points, inputs }, { from, to });
}

function missing(from: Instant, to: Instant): FailureError {
  const message = `the history does not hold all from ${iso(from)} to ${iso(to)}`;
  return new FailureError({ reason: 'not-found', retryable: false, message });
}

/** What a daemon would hold of one piece. */
interface Known {
  /** What had settled by the newest read: nothing is asked again until another period has. */
  readonly settledUntil: Instant;
  /** How far back it was ever read. */
  readonly oldest: Instant;
  /** What had come by any of the reads. */
  readonly spans: Spans;
  /** By where they begin: the very same as long as nothing new was read, so that a judge need not judge again. */
  readonly served: Map<Instant, Series>;
}

/**
 * What was known at `now()`: periods that had not settled by then are not there at all. A store may have shown some of
 * them early, but how much of them nobody can tell any more; a real daemon can therefore only be sooner.
 *
 * A datapoint that the store has only `lag` after its period is missing until a read finds it. As in a daemon, one read is
 * made once another period has settled, and it goes back over the last `LATE_PERIODS` that had: what comes later than that
 * is never seen.
 */
export function pastSource<Query>(
  piecesOf: (query: Query) => readonly Piece[],
  periodOf: (query: Query) => Duration,
  now: () => Instant,
  lag: Duration = 0,
): Source<Query> {
  const known = new Map<Piece, Known>();
  function readAgain(before: Known | undefined, { from, to }: Window, settledUntil: Instant, period: Duration): Known {
    const isFirst = before === undefined || from < before.oldest;
    const back = isFirst ? from : before.settledUntil - LATE_PERIODS * period;
    const came = { from: back, to: Math.min(to, alignDown(now() - lag, period)) };
    const oldest = Math.min(from, before?.oldest ?? from);
    return { settledUntil, oldest, spans: add(before?.spans ?? [], came), served: new Map() };
  }
  const held = (query: Query, window: Window, settle: Duration): Series => {
    const period = periodOf(query);
    const settledUntil = alignDown(now() - settle, period);
    const from = alignUp(window.from, period);
    const to = Math.max(from, Math.min(alignUp(window.to, period), settledUntil));
    const piece = piecesOf(query).find((one) => one.period === period && one.from <= from && one.to >= to);
    if (piece === undefined) throw missing(from, to);
    const before = known.get(piece);
    const isRead = before?.settledUntil === settledUntil && before.oldest <= from;
    const same = isRead ? before.served.get(from) : undefined;
    if (same !== undefined) return same;
    const current = isRead ? before : readAgain(before, { from, to }, settledUntil, period);
    known.set(piece, current);
    const has = ({ at }: Point) => current.spans.some((span) => at >= span.from && at < span.to);
    const { query: text, growing, points, inputs } = cut(piece, { from, to });
    const series: Series = {
      query: text,
      from,
      period,
      points: points.filter(has),
      growing,
      settledUntil,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, numbers]) => [name, numbers.filter(has)])),
    };
    current.served.set(from, series);
    return series;
  };
  return {
    period: periodOf,
    query: async (query, window, settle) => held(query, window, settle),
    held,
  };
}
