/** Follows a deployment whose stop was taken until it is undone, or the deadline has passed. */
import { stageOf } from '../core/deployment.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import { type Duration, formatDuration } from '../core/time.ts';
import type { DeploymentAnswer } from './port.ts';
import { look, type Stopping } from './stop-state.ts';

/** A revert has no state of its own under way: COMPLETE after an accepted stop is final only when it stays so long. */
const REVERT_SHOWS: Duration = 60_000;

/** AppConfig said yes, and it goes on as before: after so long the yes is taken for lost, since asking twice does no harm. */
const STOP_SHOWS: Duration = 60_000;

/**
 * Looks until the deployment is undone, stays complete, or turns out to run on as if nobody had stopped it; a look that
 * fails is followed by another. Throws when the deadline, which runs from the first accepted stop, is over.
 */
export async function follow(stopping: Stopping): Promise<DeploymentAnswer> {
  const { deps, request, signal } = stopping;
  const begun = deps.clock.elapsed();
  stopping.acceptedAt ??= begun;
  const { acceptedAt } = stopping;
  let failure: Failure | undefined;
  let completedSince: Duration | undefined;
  while (deps.clock.elapsed() < acceptedAt + deps.limits.deadline) {
    try {
      const seen = await look(stopping);
      const stage = stageOf(seen.deployment.state);
      completedSince = stage === 'completed' ? (completedSince ?? deps.clock.elapsed()) : undefined;
      if (stage === 'undone') return seen;
      if (completedSince !== undefined && deps.clock.elapsed() >= completedSince + REVERT_SHOWS) return seen;
      if (stage === 'in-progress' && deps.clock.elapsed() >= begun + STOP_SHOWS) return seen;
      failure = undefined;
    } catch (error) {
      failure = failureOf(error);
      signal.throwIfAborted();
      if (failure.reason === 'internal') throw error;
    }
    await deps.clock.sleep(deps.limits.followEvery, signal);
  }
  const waited = Math.round(deps.clock.elapsed() - acceptedAt);
  const { state } = stopping.latest;
  deps.record({ kind: 'stop-overdue', at: deps.clock.now(), deployment: request.deployment.ref, state, waited });
  const because = failure === undefined ? `it reads ${state}` : `it could not be asked: ${failure.message}`;
  const message = `not rolled back ${formatDuration(waited)} after the stop was accepted; ${because}`;
  throw new FailureError({ reason: 'timeout', retryable: true, message });
}
