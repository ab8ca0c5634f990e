/** One deployment as it truly is: its schedule, its harm, and what stops do to it. */
import type { Deployment, DeploymentEvent, DeploymentRef } from '../../../src/core/deployment.ts';
import type { Duration, Instant } from '../../../src/core/time.ts';

export interface RolloutPlan {
  /** Percentage points of errors when every client has it; 0 is a healthy one. */
  readonly harm: number;
  /** Per cent per step. */
  readonly factor: number;
  readonly minutes: number;
  readonly bakeMinutes: number;
  /** Whether a plain stop of a baking deployment is refused. */
  readonly strict: boolean;
  readonly rollback: Duration;
  /** How long a reverted deployment still reads COMPLETE. */
  readonly revertShows: Duration;
  /** Somebody else rolls it back this long after its start. */
  readonly alarmAfter?: Duration;
}

interface Undone {
  readonly at: Instant;
  readonly by: 'USER' | 'CLOUDWATCH_ALARM';
  readonly revert: boolean;
}

export interface Rollout {
  readonly plan: RolloutPlan;
  readonly ref: DeploymentRef;
  readonly startedAt: Instant;
  readonly bakesAt: Instant;
  readonly completesAt: Instant;
  state(now: Instant): string;
  /** 0..1, as it truly was. */
  share(at: Instant): number;
  undone(): Undone | undefined;
  /** What StopDeployment does: `refused` is AWS's 400. */
  stop(now: Instant, allowRevert: boolean): 'taken' | 'refused';
  snapshot(now: Instant): Deployment;
}

const MINUTE = 60_000;

/** Harm of a completed deployment that nobody undid goes on this long, until people mend it. */
const MENDED_AFTER: Duration = 20 * MINUTE;

export function rollout(plan: RolloutPlan, ref: DeploymentRef, startedAt: Instant): Rollout {
  const bakesAt = startedAt + plan.minutes * MINUTE;
  const completesAt = bakesAt + plan.bakeMinutes * MINUTE;
  const step = (plan.minutes * MINUTE * plan.factor) / 100;
  let undone: Undone | undefined;
  const settle = (now: Instant) => {
    if (undone !== undefined || plan.alarmAfter === undefined) return;
    const at = startedAt + plan.alarmAfter;
    if (at <= now && at < completesAt) undone = { at, by: 'CLOUDWATCH_ALARM', revert: false };
  };
  const state = (now: Instant): string => {
    settle(now);
    if (undone?.revert === true) return now < undone.at + plan.revertShows ? 'COMPLETE' : 'REVERTED';
    if (undone !== undefined) return now < undone.at + plan.rollback ? 'ROLLING_BACK' : 'ROLLED_BACK';
    if (now >= completesAt) return 'COMPLETE';
    return now >= bakesAt ? 'BAKING' : 'DEPLOYING';
  };
  const share = (at: Instant): number => {
    settle(at);
    if (at < startedAt || (undone !== undefined && at >= undone.at) || at >= completesAt + MENDED_AFTER) return 0;
    return Math.min(1, ((Math.floor((at - startedAt) / step) + 1) * plan.factor) / 100);
  };
  const event = (type: string, triggeredBy: string, at: Instant, description = type): DeploymentEvent => ({
    type,
    triggeredBy,
    description,
    at,
    actions: [],
  });
  const events = (now: Instant): readonly DeploymentEvent[] => {
    const log = [event('DEPLOYMENT_STARTED', 'USER', startedAt)];
    const until = undone?.at ?? Number.POSITIVE_INFINITY;
    for (let at = startedAt, done = false; at <= Math.min(now, until) && !done; at += step) {
      done = share(at) >= 1;
      const text = `Configuration available to ${(share(at) * 100).toFixed(2)}% of clients`;
      log.push(event('PERCENTAGE_UPDATED', 'APPCONFIG', at, text));
    }
    if (bakesAt <= Math.min(now, until)) log.push(event('BAKE_TIME_STARTED', 'APPCONFIG', bakesAt));
    if (completesAt <= Math.min(now, until)) log.push(event('DEPLOYMENT_COMPLETED', 'APPCONFIG', completesAt));
    if (undone === undefined) return log;
    if (!undone.revert) log.push(event('ROLLBACK_STARTED', undone.by, undone.at));
    if (state(now) === 'ROLLED_BACK') log.push(event('ROLLBACK_COMPLETED', 'APPCONFIG', undone.at + plan.rollback));
    if (state(now) === 'REVERTED') log.push(event('REVERT_COMPLETED', undone.by, undone.at + plan.revertShows));
    return log;
  };
  return {
    plan,
    ref,
    startedAt,
    bakesAt,
    completesAt,
    state,
    share,
    undone: () => undone,
    stop(now, allowRevert) {
      const is = state(now);
      const revert = is === 'COMPLETE' && allowRevert && undone === undefined;
      const taken = revert || is === 'DEPLOYING' || (is === 'BAKING' && (allowRevert || !plan.strict));
      if (taken) undone = { at: now, by: 'USER', revert };
      return taken ? 'taken' : 'refused';
    },
    snapshot: (now) => ({
      ref,
      application: { id: ref.applicationId, name: 'shop' },
      environment: { id: ref.environmentId, name: ref.environmentId },
      profile: { id: 'flags12', name: 'flags' },
      version: String(ref.number),
      type: 'USER',
      state: state(now),
      percentage: Math.round(share(now) * 100),
      startedAt,
      ...(now >= completesAt ? { completedAt: completesAt } : {}),
      growthType: 'LINEAR',
      growthFactor: plan.factor,
      durationMinutes: plan.minutes,
      bakeMinutes: plan.bakeMinutes,
      events: events(now),
    }),
  };
}
