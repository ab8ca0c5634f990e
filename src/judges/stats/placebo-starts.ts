/** Which moments of a history can stand for a deployment that never was. */
import { ALPHA, PLACEBO_COUNT } from './defaults.ts';
import { at, type Ticks } from './ticks.ts';

export interface PlaceboSpan {
  /** First tick a placebo may start at: there has to be history before it. */
  readonly first: number;
  /** A placebo ends before this tick. */
  readonly last: number;
  /** Length of the deployment. */
  readonly ticks: number;
  /** Ticks before the start in which nothing may be known to have gone wrong. */
  readonly cleanBefore: number;
}

/** Start ticks c, first ≤ c < last − ticks, with no labelled tick in [c − cleanBefore, c + ticks). `labels`: 1 = incident. */
export function eligibleStarts(labels: Ticks, { first, last, ticks, cleanBefore }: PlaceboSpan): readonly number[] {
  const starts: number[] = [];
  let clean = Math.max(first - cleanBefore, 0);
  let seen = clean;
  for (let start = first; start < last - ticks; start += 1) {
    for (; seen < Math.min(start + ticks, labels.length); seen += 1) if (at(labels, seen) !== 0) clean = seen + 1;
    if (clean <= Math.max(start - cleanBefore, 0)) starts.push(start);
  }
  return starts;
}

/** At most `count` of the starts, evenly spread. */
export function spreadStarts(eligible: readonly number[], count = PLACEBO_COUNT): readonly number[] {
  if (eligible.length <= count) return eligible;
  return Array.from({ length: count }, (_, index) => at(eligible, Math.floor((index * eligible.length) / count)));
}

/** Alarms allowed among n placebos: max(0, ⌊α(n+1)⌋ − 1). Source: conformal risk control, arXiv 2208.02814. */
export function allowedAlarms(placebos: number, alpha = ALPHA): number {
  return Math.max(Math.floor(alpha * (placebos + 1)) - 1, 0);
}
