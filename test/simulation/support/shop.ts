/** The account in memory: environments with the deployments that were started in them, and what their clients suffer. */
import type { DeploymentSummary, EnvironmentSummary } from '../../../src/appconfig/port.ts';
import type { DeploymentRef } from '../../../src/core/deployment.ts';
import type { Instant } from '../../../src/core/time.ts';
import { type Rollout, type RolloutPlan, rollout } from './rollout.ts';

/** Per cent of errors that there always are. */
const BASE = 0.1;
const MINUTE = 60_000;

export interface Shop {
  start(environmentId: string, plan: RolloutPlan, now: Instant): Rollout;
  rollouts(): readonly Rollout[];
  find(ref: DeploymentRef): Rollout | undefined;
  environments(now: Instant): readonly EnvironmentSummary[];
  /** Newest first. */
  listed(environmentId: string, now: Instant): readonly DeploymentSummary[];
  /** Per cent of errors at an instant. */
  errors(environmentId: string, at: Instant): number;
  /** Average over the minute that begins then. */
  errorsOf(environmentId: string, minute: Instant): number;
}

export function shop(environmentIds: readonly string[]): Shop {
  const all: Rollout[] = [];
  const inside = (id: string) => all.filter(({ ref }) => ref.environmentId === id);
  const errors = (id: string, at: Instant) =>
    inside(id).reduce((sum, one) => sum + one.plan.harm * one.share(at), BASE);
  return {
    start(environmentId, plan, now) {
      const number = inside(environmentId).length + 1;
      const ref = { target: 'main', region: 'eu-west-1', applicationId: 'shop123', environmentId, number };
      const started = rollout(plan, ref, now);
      all.push(started);
      return started;
    },
    rollouts: () => all,
    find: (ref) => inside(ref.environmentId).find((one) => one.ref.number === ref.number),
    environments: (now) =>
      environmentIds.map((id) => {
        const state = inside(id).at(-1)?.state(now);
        const deploys = state === 'DEPLOYING' || state === 'ROLLING_BACK';
        return { id, name: id, state: deploys ? state : 'READY_FOR_DEPLOYMENT' };
      }),
    listed: (id, now) =>
      inside(id)
        .toReversed()
        .slice(0, 10)
        .map((one) => ({ number: one.ref.number, state: one.state(now), type: 'USER', startedAt: one.startedAt })),
    errors,
    errorsOf(id, minute) {
      const parts = [0, 1, 2, 3, 4, 5].map((part) => errors(id, minute + (part * MINUTE) / 6));
      return parts.reduce((sum, value) => sum + value, 0) / parts.length;
    },
  };
}
