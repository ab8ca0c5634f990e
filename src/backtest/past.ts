/** A deployment that is over, as it was seen while it ran, and how it ended. */
import { type Deployment, type DeploymentEvent, exposureAt, exposureSteps, stageOf } from '../core/deployment.ts';
import type { Duration, Instant } from '../core/time.ts';

const STATE_AFTER: Readonly<Record<string, string>> = {
  DEPLOYMENT_STARTED: 'DEPLOYING',
  PERCENTAGE_UPDATED: 'DEPLOYING',
  BAKE_TIME_STARTED: 'BAKING',
  DEPLOYMENT_COMPLETED: 'COMPLETE',
  ROLLBACK_STARTED: 'ROLLING_BACK',
  ROLLBACK_COMPLETED: 'ROLLED_BACK',
  REVERT_COMPLETED: 'REVERTED',
};

/** What GetDeployment would have answered at any instant: the very same object as long as nothing happened. */
export function seenOver(deployment: Deployment): (at: Instant) => Deployment {
  let last: Deployment | undefined;
  return (at) => {
    const events = deployment.events.filter((event) => event.at <= at);
    if (last?.events.length === events.length) return last;
    const { completedAt: _, ...begun } = deployment;
    const state = events.flatMap(({ type }) => STATE_AFTER[type] ?? []).at(-1) ?? 'DEPLOYING';
    last = { ...begun, events, state, percentage: 100 * exposureAt(deployment, at) };
    return last;
  };
}

export interface Ending {
  readonly kind: 'completed' | 'rolled-back' | 'reverted';
  /** When there was nothing left to watch: it was complete, or somebody began to undo it. */
  readonly at: Instant;
  /** Who undid it, in AppConfig's words: USER, CLOUDWATCH_ALARM, … */
  readonly by?: string;
  /** Until when clients had the new configuration by this deployment's own doing; completion is the end of what is known. */
  readonly until: Instant;
}

const find = (events: readonly DeploymentEvent[], ...types: readonly string[]) =>
  events.find(({ type }) => types.includes(type));

/** How a deployment ended; undefined for one that is not over. */
export function endingOf(deployment: Deployment): Ending | undefined {
  const { events, completedAt, startedAt, state } = deployment;
  const stage = stageOf(state);
  if (stage !== 'completed' && stage !== 'undone') return undefined;
  const last = completedAt ?? events.at(-1)?.at ?? startedAt;
  const completed = find(events, 'DEPLOYMENT_COMPLETED')?.at;
  if (stage === 'completed') return { kind: 'completed', at: completed ?? last, until: completed ?? last };
  const begun = find(events, 'ROLLBACK_STARTED', 'REVERT_COMPLETED', 'ROLLBACK_COMPLETED');
  const undone = find(events, 'ROLLBACK_COMPLETED', 'REVERT_COMPLETED')?.at ?? last;
  return {
    kind: state === 'REVERTED' ? 'reverted' : 'rolled-back',
    at: Math.min(completed ?? last, begun?.at ?? last),
    until: undone,
    ...(begun === undefined ? {} : { by: begun.triggeredBy }),
  };
}

/** When the first client had the new configuration; undefined when none ever had. */
export function firstExposedAt(deployment: Deployment): Instant | undefined {
  return exposureSteps(deployment).find(({ share }) => share > 0)?.at;
}

const MINUTE: Duration = 60_000;

/** Minutes of all clients together that the new configuration was out between two instants. */
export function exposureMinutes(deployment: Deployment, from: Instant, to: Instant): number {
  const steps = exposureSteps(deployment);
  return steps.reduce((sum, { at, share }, index) => {
    const next = steps[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const length = Math.min(next, to) - Math.max(at, from);
    return length > 0 ? sum + (share * length) / MINUTE : sum;
  }, 0);
}
