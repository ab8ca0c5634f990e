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
const PATIENCE: Duration = 120_000;
const PASSES = 8;

/** Time between two runs of a cron expression. */
function intervalOf(expression: string, now: Instant): Duration {
  const first = nextRun(expression, now) ?? now;
  const second = nextRun(expression, first) ?? first;
  return second - first;
}

/** Healthy while every target was looked at lately; `startedAt` is when the daemon began. */
export function healthOf(state: DaemonState, startedAt: Instant, now: Instant): Health {
  const allowed = Math.max(PATIENCE, PASSES * intervalOf(state.config.poll, now));
  const because = state.targets.flatMap(({ name, lookedAt }) => {
    const age = now - (lookedAt ?? startedAt);
    if (age <= allowed) return [];
    return [`target ${name} was last looked at ${formatDuration(age)} ago (at most ${formatDuration(allowed)})`];
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
