/** Stops one deployment for good: StopDeployment with retries, then GetDeployment until it is undone, all on record. */
import pRetry, { type RetryContext } from 'p-retry';
import { type Deployment, stageOf } from '../core/deployment.ts';
import type { StopActor, StopEvent, StopOutcome } from '../core/event.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import { formatDuration } from '../core/time.ts';
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

const BACKOFF_FIRST: Duration = 500;
const BACKOFF_LONGEST: Duration = 20_000;
/** A deployment that completed this long before it was to be stopped has "just completed": clocks differ. */
const JUST_COMPLETED: Duration = 60_000;

/** A revert has no state of its own under way: COMPLETE after an accepted stop is final only when it stays so long. */
const REVERT_SHOWS: Duration = 60_000;

/** What one attempt led to: the stop was accepted, or the deployment turned out to need no call (any more). */
type Attempted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'under-way'; readonly seen: DeploymentAnswer }
  | { readonly kind: 'over'; readonly seen: DeploymentAnswer };

/** One stop in the making: counts, and what was last seen. */
interface Stopping {
  readonly request: StopRequest;
  readonly deps: StopDeps;
  readonly signal: AbortSignal;
  readonly startedAt: Instant;
  /** StopDeployment calls so far. */
  attempts: number;
  /** An attempt whose answer was lost may have been taken. */
  mayBeTaken: boolean;
  allowRevert: boolean;
  latest: Deployment;
  /** Of the accepted StopDeployment. */
  stopRequestId?: string;
}

function look(stopping: Stopping): Promise<DeploymentAnswer> {
  const { deps, request, signal } = stopping;
  return deps.port.getDeployment(request.deployment.ref, request.deployment, signal).then((seen) => {
    stopping.latest = seen.deployment;
    return seen;
  });
}

/** Completed while it was being stopped (or an operator asked to revert it whenever it completed). */
function mayRevert(stopping: Stopping, deployment: Deployment): boolean {
  const { request, startedAt } = stopping;
  if (request.revertCompleted === true) return true;
  const wasRunning = request.since !== undefined || stageOf(request.deployment.state) === 'in-progress';
  const since = request.since ?? startedAt;
  return request.allowRevert && wasRunning && (deployment.completedAt ?? since) >= since - JUST_COMPLETED;
}

/** What the deployment's own state says about a stop that was refused, or that an earlier life had begun. */
async function reconsider(stopping: Stopping): Promise<Attempted | 'try-again'> {
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

/** One StopDeployment call. Throws FailureError; a refusal is thrown as retryable when the state allows another try. */
async function attempt(stopping: Stopping): Promise<Attempted> {
  const { deps, request, signal } = stopping;
  const { allowRevert } = stopping;
  const sentAt = deps.clock.now();
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
      duration: deps.clock.now() - sentAt,
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
  const { deps, signal, startedAt } = stopping;
  const failure = failureOf(context.error);
  const retryIn = Math.round(backoff(context.attemptNumber, deps.random));
  const willRetry = failure.retryable && deps.clock.now() + retryIn < startedAt + deps.limits.budget;
  recordFailedAttempt(stopping, failure, willRetry, willRetry ? { retryIn } : {});
  if (willRetry) await deps.clock.sleep(retryIn, signal);
  return willRetry;
}

/**
 * p-retry owns the retries. Its own waiting is switched off: it waits in real time with a partial jitter, while the
 * budget and the jitter here live on the program's clock and its source of randomness.
 */
function attemptUntilAnswered(stopping: Stopping, first: () => Promise<Attempted>): Promise<Attempted> {
  return pRetry(first, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    signal: stopping.signal,
    shouldRetry: (context) => afterFailure(stopping, context),
  });
}

/** Looks until the deployment is no longer rolling back; a look that fails is followed by another. */
async function follow(stopping: Stopping): Promise<DeploymentAnswer> {
  const { deps, request, signal } = stopping;
  const acceptedAt = deps.clock.now();
  let failure: Failure | undefined;
  let completedSince: Instant | undefined;
  while (deps.clock.now() < acceptedAt + deps.limits.deadline) {
    try {
      const seen = await look(stopping);
      const stage = stageOf(seen.deployment.state);
      completedSince = stage === 'completed' ? (completedSince ?? deps.clock.now()) : undefined;
      if (stage === 'undone') return seen;
      if (completedSince !== undefined && deps.clock.now() >= completedSince + REVERT_SHOWS) return seen;
      failure = undefined;
    } catch (error) {
      failure = failureOf(error);
      signal.throwIfAborted();
      if (failure.reason === 'internal') throw error;
    }
    await deps.clock.sleep(deps.limits.followEvery, signal);
  }
  const waited = deps.clock.now() - acceptedAt;
  const { state } = stopping.latest;
  deps.record({ kind: 'stop-overdue', at: deps.clock.now(), deployment: request.deployment.ref, state, waited });
  const because = failure === undefined ? `it reads ${state}` : `it could not be asked: ${failure.message}`;
  const message = `not rolled back ${formatDuration(waited)} after the stop was accepted; ${because}`;
  throw new FailureError({ reason: 'timeout', retryable: true, message });
}

/** Whether an API call undid it, rather than an alarm or AWS itself; a log that does not tell gives the benefit. */
function undoneByCall({ events }: Deployment): boolean {
  const begun = events.findLast(({ type }) => type === 'ROLLBACK_STARTED' || type === 'REVERT_COMPLETED');
  return begun === undefined || begun.triggeredBy === 'USER';
}

function outcomeOf(stopping: Stopping, attempted: Attempted, end: Deployment): StopOutcome {
  const { attempts, request } = stopping;
  const state = end.state;
  const mayBeOurs = stopping.mayBeTaken || request.resume === true;
  const ours = attempted.kind === 'accepted' || (mayBeOurs && undoneByCall(end));
  if (!ours || stageOf(state) !== 'undone') return { kind: 'already-over', state, attempts };
  return { kind: state === 'REVERTED' ? 'reverted' : 'rolled-back', attempts };
}

async function carryOut(stopping: Stopping): Promise<StopOutcome> {
  const { deps, request, startedAt } = stopping;
  let looked = request.resume !== true;
  const attempted = await attemptUntilAnswered(stopping, async () => {
    if (looked) return attempt(stopping);
    // Once: a deployment that cannot be read can still be stopped.
    looked = true;
    const next = await reconsider(stopping).catch((error: unknown) => {
      throw new FailureError({ ...failureOf(error), retryable: true }, { cause: error });
    });
    return next === 'try-again' ? attempt(stopping) : next;
  });
  const end = attempted.kind === 'over' ? attempted.seen : await follow(stopping);
  const outcome = outcomeOf(stopping, attempted, end.deployment);
  deps.record({
    kind: 'stop-settled',
    at: deps.clock.now(),
    deployment: request.deployment.ref,
    by: request.by,
    because: request.because,
    outcome,
    answer: end.answer,
    snapshot: end.deployment,
    duration: deps.clock.now() - startedAt,
    ...(stopping.stopRequestId === undefined ? {} : { stopRequestId: stopping.stopRequestId }),
    ...(end.requestId === undefined ? {} : { requestId: end.requestId }),
  });
  return outcome;
}

/**
 * Stops a deployment and follows it to its end. Records `stop-requested` before the first call (unless it resumes),
 * every attempt, and `stop-settled` or `stop-failed`. Never rejects, except with the signal's reason when aborted:
 * then the record has no end and the next life resumes it.
 */
export async function stopDeployment(request: StopRequest, deps: StopDeps, signal: AbortSignal): Promise<StopOutcome> {
  const { deployment, by, because, allowRevert } = request;
  const startedAt = deps.clock.now();
  const first = request.revertCompleted === true || (allowRevert && deployment.state === 'BAKING');
  const stopping: Stopping = {
    request,
    deps,
    signal,
    startedAt,
    attempts: 0,
    mayBeTaken: false,
    allowRevert: first,
    latest: deployment,
  };
  deps.record({
    kind: 'stop-requested',
    at: startedAt,
    deployment: deployment.ref,
    by,
    because,
    allowRevert: first,
    resumes: request.resume === true,
  });
  try {
    return await carryOut(stopping);
  } catch (error) {
    signal.throwIfAborted();
    const failure = failureOf(error);
    const duration = deps.clock.now() - startedAt;
    const { attempts } = stopping;
    deps.record({ kind: 'stop-failed', at: deps.clock.now(), deployment: deployment.ref, failure, attempts, duration });
    return { kind: 'failed', failure, attempts };
  }
}
