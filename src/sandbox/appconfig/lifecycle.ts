/** The life of one deployment as a state machine over instants: what time alone does to it. Pure. */
import type { JsonObject } from '../../core/json.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { type Growth, rolloutSteps } from './rollout.ts';

type DeploymentState = 'VALIDATING' | 'DEPLOYING' | 'BAKING' | 'COMPLETE' | 'ROLLING_BACK' | 'ROLLED_BACK' | 'REVERTED';
export type EventType =
  | 'DEPLOYMENT_STARTED'
  | 'PERCENTAGE_UPDATED'
  | 'BAKE_TIME_STARTED'
  | 'DEPLOYMENT_COMPLETED'
  | 'ROLLBACK_STARTED'
  | 'ROLLBACK_COMPLETED'
  | 'REVERT_COMPLETED';
type TriggeredBy = 'USER' | 'APPCONFIG' | 'CLOUDWATCH_ALARM' | 'INTERNAL_ERROR';

export interface LogEntry {
  readonly type: EventType;
  readonly triggeredBy: TriggeredBy;
  readonly description: string;
  readonly at: Instant;
  readonly actions: readonly JsonObject[];
}

/** What will happen to the deployment by itself. */
interface Planned {
  readonly at: Instant;
  readonly state: DeploymentState;
  readonly percentage?: number;
  readonly entry?: Pick<LogEntry, 'type' | 'triggeredBy' | 'description'>;
}

export interface Life {
  readonly state: DeploymentState;
  /** 0..100. */
  readonly percentage: number;
  readonly startedAt: Instant;
  readonly completedAt?: Instant;
  /** Oldest first. */
  readonly log: readonly LogEntry[];
  /** Oldest first; all of it lies ahead. */
  readonly plan: readonly Planned[];
}

export interface LifeOptions {
  /** Clock time in VALIDATING; the steps of the rollout do not move by it. */
  readonly validatingDuration: Duration;
  /** Clock time in ROLLING_BACK. */
  readonly rollbackDuration: Duration;
  /** Whether a stop without AllowRevert is refused (strict) or taken (lenient) while the deployment bakes. */
  readonly baking: 'strict' | 'lenient';
  /** What extensions did at an event, as the wire shows it. */
  readonly actionsAt?: (type: EventType) => readonly JsonObject[];
}

const MINUTE: Duration = 60_000;
const UNDER_WAY: ReadonlySet<DeploymentState> = new Set(['VALIDATING', 'DEPLOYING', 'BAKING']);

/** Whether the rollout is still going forward. */
export function underWay(life: Life): boolean {
  return UNDER_WAY.has(life.state);
}

/** Whether the environment is taken by it: under way or rolling back. */
export function occupiesEnvironment(life: Life): boolean {
  return underWay(life) || life.state === 'ROLLING_BACK';
}

export function begin(growth: Growth, bakeMinutes: number, now: Instant, options: LifeOptions): Life {
  const validated = now + options.validatingDuration;
  const steps = rolloutSteps(growth).map(
    ({ after, percentage }): Planned => ({
      at: Math.max(validated, now + after),
      state: 'DEPLOYING',
      percentage,
      entry: {
        type: 'PERCENTAGE_UPDATED',
        triggeredBy: 'APPCONFIG',
        description: `Configuration available to ${percentage.toFixed(2)}% of clients`,
      },
    }),
  );
  const full = Math.max(validated, now + growth.durationMinutes * MINUTE);
  const life: Life = {
    state: 'VALIDATING',
    percentage: 0,
    startedAt: now,
    log: [logEntry(options, now, 'DEPLOYMENT_STARTED', 'USER', 'Deployment started')],
    plan: [
      { at: validated, state: 'DEPLOYING' },
      ...steps,
      {
        at: full,
        state: 'BAKING',
        entry: { type: 'BAKE_TIME_STARTED', triggeredBy: 'APPCONFIG', description: 'Deployment bake time started' },
      },
      {
        at: full + bakeMinutes * MINUTE,
        state: 'COMPLETE',
        entry: { type: 'DEPLOYMENT_COMPLETED', triggeredBy: 'APPCONFIG', description: 'Deployment completed' },
      },
    ],
  };
  return advance(life, now, options);
}

/** One event, with what the extensions did at it. */
export function logEntry(
  options: LifeOptions,
  at: Instant,
  type: EventType,
  triggeredBy: TriggeredBy,
  description: string,
): LogEntry {
  return { type, triggeredBy, description, at, actions: options.actionsAt?.(type) ?? [] };
}

/** The life at an instant: everything planned up to then has happened, at its own time. */
export function advance(life: Life, now: Instant, options: LifeOptions): Life {
  const due = life.plan.filter((planned) => planned.at <= now);
  return due.reduce((before, planned) => happen(before, planned, options), life);
}

function happen(life: Life, planned: Planned, options: LifeOptions): Life {
  const over = planned.state === 'COMPLETE' || planned.state === 'ROLLED_BACK';
  const told = planned.entry;
  return {
    ...life,
    state: planned.state,
    percentage: planned.percentage ?? life.percentage,
    ...(over ? { completedAt: planned.at } : {}),
    log: told ? [...life.log, logEntry(options, planned.at, told.type, told.triggeredBy, told.description)] : life.log,
    plan: life.plan.slice(1),
  };
}
