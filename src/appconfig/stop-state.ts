/** One stop in the making: what was asked for, by what means, how far it is. */
import type { Deployment } from '../core/deployment.ts';
import type { StopActor, StopEvent } from '../core/event.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { AppConfigPort, DeploymentAnswer } from './port.ts';

interface StopLimits {
  /** Real milliseconds for one StopDeployment call. */
  readonly timeout: Duration;
  /** Clock time for all calls of one stop, retries included. */
  readonly budget: Duration;
  /** Clock time from the accepted stop to ROLLED_BACK or REVERTED. */
  readonly deadline: Duration;
  /** Clock time between two looks while following. */
  readonly followEvery: Duration;
}

export interface StopRequest {
  readonly deployment: Deployment;
  readonly by: StopActor;
  readonly because: readonly string[];
  /** Send AllowRevert for a deployment that bakes, or that completed while it was being stopped. */
  readonly allowRevert: boolean;
  /** Send AllowRevert although the deployment was complete before (an operator's `stop --revert`). */
  readonly revertCompleted?: boolean;
  /** An earlier stop of the same deployment has no end on record: look first, and do not ask anew what was asked. */
  readonly resume?: boolean;
  /** Bring what was asked for to its end, and ask for nothing more: the policy only observes by now. */
  readonly onlyFollow?: boolean;
  /** Since when it was to be stopped, when that is longer ago than now: what completed since then is in the race. */
  readonly since?: Instant;
}

export interface StopDeps {
  readonly port: AppConfigPort;
  readonly clock: Clock;
  /** 0 (inclusive) to 1, for the jitter. */
  readonly random: () => number;
  readonly limits: StopLimits;
  readonly record: (event: StopEvent) => void;
}

/** One stop in the making: counts, and what was last seen. */
export interface Stopping {
  readonly request: StopRequest;
  readonly deps: StopDeps;
  readonly signal: AbortSignal;
  readonly startedAt: Instant;
  /** When it began in elapsed time: a clock that is set must neither use up the budget nor stretch it. */
  readonly begun: Duration;
  /** StopDeployment calls so far. */
  attempts: number;
  /** An attempt whose answer was lost may have been taken. */
  mayBeTaken: boolean;
  allowRevert: boolean;
  latest: Deployment;
  /** In elapsed time: since when it is followed. */
  acceptedAt?: Duration;
  /** Of the accepted StopDeployment. */
  stopRequestId?: string;
}

/** What a stop has to know does not wait behind the reads of everything else under watch. */
const AT_ONCE = Promise.resolve();

/** Reads the deployment, and remembers what was seen last. */
export function look(stopping: Stopping): Promise<DeploymentAnswer> {
  const { deps, request, signal } = stopping;
  return deps.port.getDeployment(request.deployment.ref, request.deployment, signal, AT_ONCE).then((seen) => {
    stopping.latest = seen.deployment;
    return seen;
  });
}
