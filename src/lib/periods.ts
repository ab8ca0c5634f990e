/** Time cut into periods of one length, on the grid that begins at the epoch. */
import type { Duration, Instant, Window } from '../core/time.ts';

/** This many settled periods are asked again with the newest ones, so that late and revised points are seen. */
export const LATE_PERIODS = 3;

export function alignDown(at: Instant, period: Duration): Instant {
  return Math.floor(at / period) * period;
}

export function alignUp(at: Instant, period: Duration): Instant {
  return Math.ceil(at / period) * period;
}

export function periodsIn(span: Window, period: Duration): number {
  return Math.max(0, Math.ceil((span.to - span.from) / period));
}

/** Cuts a stretch into consecutive pieces of at most this many periods. */
export function piecesOf(span: Window, period: Duration, most: number): readonly Window[] {
  const length = Math.max(1, most) * period;
  if (span.to > span.from && span.to - span.from <= length) return [span];
  const pieces: Window[] = [];
  for (let from = span.from; from < span.to; from += length) {
    pieces.push({ from, to: Math.min(span.to, from + length) });
  }
  return pieces;
}
