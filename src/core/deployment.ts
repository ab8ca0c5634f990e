/** One AppConfig deployment as the watchdog sees it: where it is, what it deploys, how far it is. */
import type { JsonObject } from './json.ts';
import type { Instant } from './time.ts';

/** Names one deployment among all targets. */
export interface DeploymentRef {
  /** Name of the target in the policy file. */
  readonly target: string;
  readonly region: string;
  readonly applicationId: string;
  readonly environmentId: string;
  readonly number: number;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Where deployments may run that nobody has seen yet. */
export interface DeploymentPlace {
  readonly target: string;
  readonly region: string;
  readonly application: Named;
  /** Absent: any environment of the application. */
  readonly environment?: Named;
}

/** One entry of AppConfig's EventLog. */
export interface DeploymentEvent {
  /** DEPLOYMENT_STARTED, PERCENTAGE_UPDATED, BAKE_TIME_STARTED, …; types of tomorrow are kept as they are. */
  readonly type: string;
  /** USER, APPCONFIG, CLOUDWATCH_ALARM, INTERNAL_ERROR, … */
  readonly triggeredBy: string;
  readonly description: string;
  readonly at: Instant;
  /** ActionInvocations as AWS gave them. */
  readonly actions: readonly JsonObject[];
}

export interface Deployment {
  readonly ref: DeploymentRef;
  /** Twelve digits, when known. */
  readonly account?: string;
  readonly application: Named;
  readonly environment: Named;
  readonly profile: Named;
  readonly version: string;
  readonly versionLabel?: string;
  readonly description?: string;
  /** USER or MANAGED. */
  readonly type: string;
  /** VALIDATING, DEPLOYING, BAKING, COMPLETE, ROLLING_BACK, ROLLED_BACK, REVERTED; states of tomorrow are kept. */
  readonly state: string;
  /** 0..100, as AppConfig reports it now. */
  readonly percentage: number;
  readonly startedAt: Instant;
  readonly completedAt?: Instant;
  readonly growthType: string;
  /** Per cent per step. */
  readonly growthFactor: number;
  readonly durationMinutes: number;
  readonly bakeMinutes: number;
  /** Oldest first (AWS answers newest first). */
  readonly events: readonly DeploymentEvent[];
}

/** From `at` on, `share` (0..1) of the clients have the new configuration. */
/** AppConfig's descriptions of events are a line long; what is longer is not looked through to its end. */
const LONGEST_DESCRIPTION = 1_024;

export interface ExposureStep {
  readonly at: Instant;
  readonly share: number;
}

const IN_PROGRESS: ReadonlySet<string> = new Set(['VALIDATING', 'DEPLOYING', 'BAKING']);
const ROLLING_BACK: ReadonlySet<string> = new Set(['ROLLING_BACK']);
const OVER: ReadonlySet<string> = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);

export type DeploymentStage = 'in-progress' | 'rolling-back' | 'completed' | 'undone' | 'unknown';

/** What a state means for the watchdog; a state it does not know is `unknown` and is kept under watch. */
export function stageOf(state: string): DeploymentStage {
  if (IN_PROGRESS.has(state)) return 'in-progress';
  if (ROLLING_BACK.has(state)) return 'rolling-back';
  if (state === 'COMPLETE') return 'completed';
  if (OVER.has(state)) return 'undone';
  return 'unknown';
}

/** Whether a deployment in this state changes nothing any more: complete, or undone. */
export function isOver(state: string): boolean {
  return OVER.has(state);
}

/** How far along its way a deployment is; a stage that is not known says nothing about that. */
const ALONG: Readonly<Record<DeploymentStage, number>> = {
  'in-progress': 0,
  completed: 1,
  'rolling-back': 2,
  undone: 3,
  unknown: Number.NaN,
};

/** Whether a snapshot must have been taken before another one of the same deployment: no deployment goes back. */
export function precedes(snapshot: Deployment, other: Deployment): boolean {
  return ALONG[stageOf(snapshot.state)] < ALONG[stageOf(other.state)];
}

/** A ref is looked up by its key a hundred thousand times a minute; the same text again needs no hashing. */
const refKeys = new WeakMap<DeploymentRef, string>();

/** A key that is equal exactly when two refs name the same deployment. */
export function refKey(ref: DeploymentRef): string {
  const known = refKeys.get(ref);
  if (known !== undefined) return known;
  const key = `${ref.target}/${ref.applicationId}/${ref.environmentId}/${ref.number}`;
  refKeys.set(ref, key);
  return key;
}

/** How people name a deployment, and what the commands take: `checkout/prod/12`. */
export function deploymentTitle(deployment: Deployment): string {
  return `${deployment.application.name}/${deployment.environment.name}/${deployment.ref.number}`;
}

/** Every rule of a deployment asks for them, and one that is as it was at every tick. */
const stepsOf = new WeakMap<Deployment, readonly ExposureStep[]>();

/**
 * Exposure over time from the event log: the percentages of PERCENTAGE_UPDATED, and back to 0 when a rollback has
 * ended. An entry whose description carries no percentage is passed over.
 */
export function exposureSteps(deployment: Deployment): readonly ExposureStep[] {
  const known = stepsOf.get(deployment);
  if (known !== undefined) return known;
  const steps = readSteps(deployment);
  stepsOf.set(deployment, steps);
  return steps;
}

function readSteps(deployment: Deployment): readonly ExposureStep[] {
  const steps: ExposureStep[] = [{ at: deployment.startedAt, share: 0 }];
  for (const event of deployment.events) {
    if (event.type === 'PERCENTAGE_UPDATED') {
      const percent = /(\d{1,3}(?:\.\d{1,9})?)\s?%/.exec(event.description.slice(0, LONGEST_DESCRIPTION))?.[1];
      if (percent !== undefined) steps.push({ at: event.at, share: Math.min(1, Number(percent) / 100) });
    }
    if (event.type === 'ROLLBACK_COMPLETED' || event.type === 'REVERT_COMPLETED') {
      steps.push({ at: event.at, share: 0 });
    }
  }
  return steps;
}

/** Share (0..1) of the clients that had the new configuration at an instant. */
export function exposureAt(deployment: Deployment, at: Instant): number {
  let share = 0;
  for (const step of exposureSteps(deployment)) if (step.at <= at) share = step.share;
  return share;
}

/** The largest share (0..1) of the clients that ever had the new configuration. */
export function peakExposure(deployment: Deployment): number {
  return exposureSteps(deployment).reduce((peak, { share }) => Math.max(peak, share), 0);
}
