/** Whether the daemon does its work: the loop makes progress, and every target has been discovered. */
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import type { DaemonState } from '../engine/daemon.ts';
import { nextRun } from '../engine/schedule.ts';

export interface Health {
  readonly ok: boolean;
  /** Why not; empty when ok. */
  readonly because: readonly string[];
}

/** A pass may take as long as its calls take to time out; only what is far beyond that is a loop that hangs. */
const PATIENCE: Duration = 180_000;

/**
 * Healthy while no target waits for a look that has long been due; `startedAt` is when the daemon began. What is due
 * comes from the schedule itself, so that one with pauses in it (nights, weekends) is not taken for a loop that hangs.
 */
export function healthOf(state: DaemonState, startedAt: Instant, now: Instant): Health {
  const because = state.targets.flatMap(({ name, lookedAt }) => {
    const since = lookedAt ?? startedAt;
    const due = nextRun(state.config.poll, since);
    if (due === undefined || now <= due + PATIENCE) return [];
    const told =
      lookedAt === undefined ? 'has never been looked at' : `was last looked at ${formatDuration(now - since)} ago`;
    return [`target ${name} ${told}; a look has been due for ${formatDuration(now - due)}`];
  });
  return { ok: because.length === 0, because };
}

/** Ready when the first discovery of every target succeeded. */
export function readinessOf(state: DaemonState): Health {
  const because = state.targets.flatMap(({ name, discoveredAt }) =>
    discoveredAt === undefined ? [`target ${name} has not been discovered yet`] : [],
  );
  return { ok: because.length === 0, because };
}
