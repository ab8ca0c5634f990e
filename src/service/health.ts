/** Whether the daemon does its work: the loop makes progress, and every target has been discovered. */
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import type { DaemonState } from '../engine/daemon.ts';
import { nextRun } from '../engine/schedule.ts';
import type { Pulse } from '../heartbeat/listener.ts';

export interface Health {
  readonly ok: boolean;
  /** Why not; empty when ok. */
  readonly because: readonly string[];
}

/** A pass may take as long as its calls take to time out; only what is far beyond that is a loop that hangs. */
const PATIENCE: Duration = 180_000;

/**
 * Healthy while no target waits for a look that has long been due; `startedAt` is when the daemon began, or took the
 * policy file in force: nothing has been looked at under it before. What is due
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

/**
 * What the heartbeat tells others. More than health: a daemon that cannot reach a target guards nothing there, and
 * whoever waits for the beat would not know. It starts to beat when every target has been discovered and looked at.
 */
export function pulseOf(state: DaemonState, startedAt: Instant, now: Instant): Pulse {
  const away = state.targets.flatMap(({ name, unreachableSince }) =>
    unreachableSince === undefined || now - unreachableSince <= PATIENCE
      ? []
      : [`target ${name} has not been reached for ${formatDuration(now - unreachableSince)}`],
  );
  const because = [...healthOf(state, startedAt, now).because, ...away];
  if (because.length > 0) return { kind: 'ill', because };
  // A gap that stays (one application that may not be read) is told as such, and is no reason to be silent for ever.
  const isNew = now - startedAt <= PATIENCE;
  const isFound = ({ discoveredAt, unreachableSince }: DaemonState['targets'][number]) =>
    discoveredAt !== undefined || (!isNew && unreachableSince === undefined);
  const isUp = state.targets.every((target) => target.lookedAt !== undefined && isFound(target));
  return { kind: isUp ? 'well' : 'starting' };
}
