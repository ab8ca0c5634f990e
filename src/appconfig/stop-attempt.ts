/** StopDeployment until it is answered: retries within a budget, and what a refusal means. */
import pRetry, { type RetryContext } from 'p-retry';
import { type Deployment, stageOf } from '../core/deployment.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Duration } from '../core/time.ts';
import type { DeploymentAnswer } from './port.ts';
import { look, type Stopping } from './stop-state.ts';

const BACKOFF_FIRST: Duration = 500;
const BACKOFF_LONGEST: Duration = 20_000;
/** A deployment that completed this long before it was to be stopped has "just completed": clocks differ. */
const JUST_COMPLETED: Duration = 60_000;

/** AppConfig reverts a completed deployment for so long; later there is nothing left to try. */
const REVERTIBLE: Duration = 72 * 3_600_000;

/** What one attempt led to: the stop was accepted, or the deployment turned out to need no call (any more). */
export type Attempted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'under-way'; readonly seen: DeploymentAnswer }
  | { readonly kind: 'over'; readonly seen: DeploymentAnswer };

/** Completed while it was being stopped (or an operator asked to revert it whenever it completed). */
function mayRevert(stopping: Stopping, deployment: Deployment): boolean {
  const { deps, request, startedAt } = stopping;
  if (request.revertCompleted === true) return true;
  const wasRunning = request.since !== undefined || stageOf(request.deployment.state) === 'in-progress';
  const since = request.since ?? startedAt;
  const completedAt = deployment.completedAt ?? since;
  const inTime = completedAt >= since - JUST_COMPLETED && deps.clock.now() < completedAt + REVERTIBLE;
  return request.allowRevert && wasRunning && inTime;
}

/** What the deployment's own state says about a stop that was refused, or that an earlier life had begun. */
export async function reconsider(stopping: Stopping): Promise<Attempted | 'try-again'> {
  const seen = await look(stopping);
  switch (stageOf(seen.deployment.state)) {
    case 'rolling-back':
      return { kind: 'under-way', seen };
    case 'undone':
      return { kind: 'over', seen };
    case 'completed':
      if (!mayRevert(stopping, seen.deployment)) return { kind: 'over', seen };
      stopping.allowRevert = true;
      return 'try-again';
    case 'in-progress':
    case 'unknown':
      if (stopping.request.allowRevert && seen.deployment.state === 'BAKING') stopping.allowRevert = true;
      return 'try-again';
  }
}

const AMBIGUOUS: ReadonlySet<Failure['reason']> = new Set(['timeout', 'network', 'unavailable', 'malformed']);

function recordFailedAttempt(
  { deps, request, attempts, allowRevert }: Stopping,
  failure: Failure,
  willRetry: boolean,
  wait: { readonly retryIn?: Duration } = {},
): void {
  const deployment = request.deployment.ref;
  const at = deps.clock.now();
  deps.record({
    kind: 'stop-attempt-failed',
    at,
    deployment,
    attempt: attempts,
    failure,
    willRetry,
    allowRevert,
    ...wait,
  });
}

/**
 * Whether an accepted stop has to be asked for again, given where following it has led: the deployment runs on, or has
 * completed all the same. That is put on record.
 */
export function cameToNothing(stopping: Stopping, end: Deployment): boolean {
  const stage = stageOf(end.state);
  const completed = stage === 'completed' && !stopping.allowRevert && mayRevert(stopping, end);
  if (stage !== 'in-progress' && !completed) return false;
  stopping.mayBeTaken = true;
  if (completed || (stopping.request.allowRevert && end.state === 'BAKING')) stopping.allowRevert = true;
  const message = `StopDeployment was accepted, and a minute later the deployment reads ${end.state}`;
  recordFailedAttempt(stopping, { reason: 'timeout', retryable: true, message }, true, { retryIn: 0 });
  return true;
}

/** One StopDeployment call. Throws FailureError; a refusal is thrown as retryable when the state allows another try. */
export async function attempt(stopping: Stopping): Promise<Attempted> {
  const { deps, request, signal } = stopping;
  if (request.onlyFollow === true) {
    const message = 'StopDeployment: not called, since the policy only observes by now';
    throw new FailureError({ reason: 'rejected', retryable: false, message });
  }
  const { allowRevert } = stopping;
  const sentAt = deps.clock.elapsed();
  const number = ++stopping.attempts;
  try {
    const options = { allowRevert, timeout: deps.limits.timeout };
    const { answer, requestId } = await deps.port.stopDeployment(request.deployment.ref, options, signal);
    deps.record({
      kind: 'stop-answered',
      at: deps.clock.now(),
      deployment: request.deployment.ref,
      attempt: number,
      allowRevert,
      answer,
      duration: Math.round(deps.clock.elapsed() - sentAt),
      ...(requestId === undefined ? {} : { requestId }),
    });
    if (requestId !== undefined) stopping.stopRequestId = requestId;
    return { kind: 'accepted' };
  } catch (error) {
    const failure = failureOf(error);
    if (AMBIGUOUS.has(failure.reason)) stopping.mayBeTaken = true;
    if (failure.reason !== 'rejected') throw error;
    const next = await reconsider(stopping);
    if (next === 'try-again') throw new FailureError({ ...failure, retryable: true }, { cause: error });
    recordFailedAttempt(stopping, failure, false);
    return next;
  }
}

/** Full jitter: anything from nothing to the exponential bound, so that many stoppers do not march in step. */
function backoff(attemptNumber: number, random: () => number): Duration {
  return random() * Math.min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** Math.min(20, attemptNumber - 1));
}

/** Records a failed attempt and waits before the next one; false when there is none. */
async function afterFailure(stopping: Stopping, context: RetryContext): Promise<boolean> {
  const { deps, signal, begun } = stopping;
  const failure = failureOf(context.error);
  const retryIn = Math.round(backoff(context.attemptNumber, deps.random));
  const willRetry = failure.retryable && deps.clock.elapsed() + retryIn < begun + deps.limits.budget;
  recordFailedAttempt(stopping, failure, willRetry, willRetry ? { retryIn } : {});
  if (willRetry) await deps.clock.sleep(retryIn, signal);
  return willRetry;
}

/**
 * p-retry owns the retries. Its own waiting is switched off: it waits in real time with a partial jitter, while the
 * budget and the jitter here live on the program's clock and its source of randomness.
 */
export function attemptUntilAnswered(stopping: Stopping, first: () => Promise<Attempted>): Promise<Attempted> {
  return pRetry(first, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    signal: stopping.signal,
    shouldRetry: (context) => afterFailure(stopping, context),
  });
}
