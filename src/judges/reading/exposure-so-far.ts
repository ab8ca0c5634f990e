/** The exposure of a deployment as its event log tells it, asked for one tick at a time. */
import { type Deployment, type ExposureStep, exposureSteps } from '../../core/deployment.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { LOG_CAP, STEP_LOG_CAP } from '../stats/defaults.ts';
import { exposureJumps, exposureOf, type Jump } from '../stats/observed-exposure.ts';

export interface ExposureSoFar {
  readonly steps: readonly ExposureStep[];
  readonly jumps: readonly Jump[];
  /** When more clients got the new configuration. */
  readonly rises: readonly Instant[];
}

/** A deployment is the same object for as long as nothing changes about it. */
const known = new WeakMap<Deployment, ExposureSoFar>();

export function exposureSoFar(deployment: Deployment): ExposureSoFar {
  const before = known.get(deployment);
  if (before !== undefined) return before;
  const steps = exposureSteps(deployment);
  const rises = steps.filter((step, index) => step.share > (steps[index - 1]?.share ?? 0)).map(({ at }) => at);
  const made = { steps, jumps: exposureJumps(steps), rises };
  known.set(deployment, made);
  return made;
}

/** The first instant from which on two exposures may differ; Infinity where they are the same. */
export function differsFrom(a: ExposureSoFar, b: ExposureSoFar): Instant {
  if (a === b) return Number.POSITIVE_INFINITY;
  const other = a.steps.findIndex(
    (step, index) => step.at !== b.steps[index]?.at || step.share !== b.steps[index]?.share,
  );
  const shared = other < 0 ? a.steps.length : other;
  const rest = [...a.steps.slice(shared), ...b.steps.slice(shared)];
  return rest.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY);
}

export interface CappedExposure {
  /** Share (0..1) of clients, averaged over the tick. */
  readonly exposure: number;
  /** What the tick may say at most: little just after a step, where that is asked for. */
  readonly cap: number;
}

export function exposureAtTick(
  { jumps, rises }: ExposureSoFar,
  begin: Instant,
  period: Duration,
  { poll, settleAfterStep }: { readonly poll: Duration; readonly settleAfterStep: Duration },
): CappedExposure {
  const isStep = settleAfterStep > 0 && rises.some((at) => at < begin + period && begin < at + settleAfterStep);
  return { exposure: exposureOf(jumps, begin, period, poll), cap: isStep ? STEP_LOG_CAP : LOG_CAP };
}
