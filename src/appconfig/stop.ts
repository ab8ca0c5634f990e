/** Stops one deployment for good: StopDeployment with retries, then GetDeployment until it is undone, all on record. */
import { type Deployment, stageOf } from '../core/deployment.ts';
import type { StopOutcome } from '../core/event.ts';
import { FailureError, failureOf } from '../core/failure.ts';
import type { DeploymentAnswer } from './port.ts';
import { type Attempted, attempt, attemptUntilAnswered, cameToNothing, reconsider } from './stop-attempt.ts';
import { follow } from './stop-follow.ts';
import type { StopDeps, Stopping, StopRequest } from './stop-state.ts';

export type { StopDeps, StopRequest } from './stop-state.ts';

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

/** Where a stop led that was accepted, or needed no asking; one that came to nothing is asked for again. */
async function endOf(stopping: Stopping, attempted: Attempted): Promise<[Attempted, DeploymentAnswer]> {
  if (attempted.kind === 'over') return [attempted, attempted.seen];
  const end = await follow(stopping);
  if (!cameToNothing(stopping, end.deployment)) return [attempted, end];
  return endOf(stopping, await attemptUntilAnswered(stopping, () => attempt(stopping)));
}

async function carryOut(stopping: Stopping): Promise<StopOutcome> {
  const { deps, request, begun } = stopping;
  let looked = request.resume !== true;
  const first = await attemptUntilAnswered(stopping, async () => {
    if (looked && request.onlyFollow !== true) return attempt(stopping);
    // Once: a deployment that cannot be read can still be stopped.
    looked = true;
    const next = await reconsider(stopping).catch((error: unknown) => {
      throw new FailureError({ ...failureOf(error), retryable: true }, { cause: error });
    });
    return next === 'try-again' ? attempt(stopping) : next;
  });
  const [attempted, end] = await endOf(stopping, first);
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
    duration: Math.round(deps.clock.elapsed() - begun),
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
    begun: deps.clock.elapsed(),
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
    const duration = Math.round(deps.clock.elapsed() - stopping.begun);
    const { attempts } = stopping;
    deps.record({ kind: 'stop-failed', at: deps.clock.now(), deployment: deployment.ref, failure, attempts, duration });
    return { kind: 'failed', failure, attempts };
  }
}
