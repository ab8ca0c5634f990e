/** Exposure tick by tick from the steps that were observed in a deployment's event log. */
import type { ExposureStep } from '../../core/deployment.ts';
import type { Duration, Instant } from '../../core/time.ts';

export interface TickGrid {
  /** Start of tick 0. */
  readonly from: Instant;
  /** Length of a tick. */
  readonly period: Duration;
  readonly ticks: number;
}

/** Time × share that a step of height 1 has gathered `since` after it, when clients take `poll` to all have it. */
function taken(since: Duration, poll: Duration): number {
  if (since <= 0) return 0;
  return since < poll ? (since * since) / (2 * poll) : since - poll / 2;
}

/** A change of the exposure at an instant. */
export interface Jump {
  readonly at: Instant;
  readonly by: number;
  /** What it leads to, once all clients have polled. */
  readonly share: number;
}

/** Oldest first. */
export function exposureJumps(steps: readonly ExposureStep[]): readonly Jump[] {
  const inOrder = steps.toSorted((a, b) => a.at - b.at);
  return inOrder.map(({ at, share }, index) => ({ at, share, by: share - (inOrder[index - 1]?.share ?? 0) }));
}

/**
 * Mean share (0..1) of clients on the new configuration in the tick that begins at an instant. Of the jumps only those are
 * looked at that not all clients had followed before the tick, and the last one that they had.
 */
export function exposureOf(jumps: readonly Jump[], begin: Instant, period: Duration, poll: Duration): number {
  let gathered = 0;
  for (let index = jumps.length - 1; index >= 0; index--) {
    const jump = jumps[index];
    if (jump === undefined) continue;
    if (jump.at + poll <= begin) {
      gathered += jump.share * period;
      break;
    }
    gathered += jump.by * (taken(begin + period - jump.at, poll) - taken(begin - jump.at, poll));
  }
  return Math.min(1, Math.max(0, gathered / period));
}

/**
 * Mean share (0..1) of clients on the new configuration in each tick. A step, up or down, reaches the clients one after
 * the other over one poll interval, in which each polls once at a random moment; `poll` 0 means at once. With steps at
 * the starts of ticks and a poll of one tick this is `tickAverageExposure` exactly.
 */
export function observedExposure(steps: readonly ExposureStep[], grid: TickGrid, poll: Duration): readonly number[] {
  const jumps = exposureJumps(steps);
  return Array.from({ length: grid.ticks }, (_, tick) =>
    exposureOf(jumps, grid.from + tick * grid.period, grid.period, poll),
  );
}
