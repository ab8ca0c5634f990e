/** What people are told of the events of a stop. */
import { peakExposure } from '../core/deployment.ts';
import type { StopActor, StopEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import { counted } from '../lib/text.ts';
import {
  type Draft,
  type Drafter,
  type EventOf,
  exposureNow,
  failureText,
  notTold,
  percent,
  requestFact,
} from './draft.ts';
import type { Told } from './story.ts';

type Drafters = { readonly [Kind in StopEvent['kind']]: Drafter<Kind> };

const actorText = (by: StopActor) => (by.kind === 'policy' ? `policy ${by.policy}` : `${by.name}: ${by.reason}`);
const calls = (attempts: number) => counted(attempts, 'StopDeployment call');

/** A stop that goes on failing is tried for as long as the deployment runs; that is told this often. */
const TOLD_AGAIN: Duration = 30 * 60_000;

function notStopped(
  { at, failure, attempts, duration }: { at: Instant; failure: Failure; attempts: number; duration: Duration },
  title: string,
  { story }: Told,
): Draft {
  return {
    kind: 'stop-failed',
    title: `${title} could NOT be stopped: stop it by hand`,
    because: [failureText(failure), 'it is tried again for as long as the deployment runs'],
    facts: { Tried: `${calls(attempts)} in ${formatDuration(duration)}`, ...requestFact(failure) },
    id: `${failure.reason}/${Math.floor((at - (story.failedAt ?? at)) / TOLD_AGAIN)}`,
  };
}

function settled(event: EventOf<'stop-settled'>, title: string, told: Told): Draft {
  const { outcome, duration, snapshot, because, by, stopRequestId } = event;
  const reached = percent(100 * peakExposure(snapshot));
  const facts = {
    'Asked by': actorText(by),
    Took: `${formatDuration(duration)}, ${calls(outcome.attempts)}`,
    ...(stopRequestId === undefined ? {} : { 'AWS request': stopRequestId }),
  };
  switch (outcome.kind) {
    case 'failed':
      return notStopped({ at: event.at, failure: outcome.failure, attempts: outcome.attempts, duration }, title, told);
    case 'rolled-back':
    case 'reverted': {
      const how = outcome.kind === 'reverted' ? 'reverted to the version before' : 'rolled back';
      const says = `${title} ${how} in ${formatDuration(duration)}, at most ${reached} of the clients had it`;
      return { kind: 'rolled-back', title: says, because, facts };
    }
    case 'already-over':
      if (outcome.state === 'COMPLETE') {
        const says = `${title} completed before it could be stopped, and does harm: deploy a good version`;
        return { kind: 'completed-in-spite', title: says, because, facts };
      }
      return {
        kind: 'stop-already-over',
        title: `${title} was ${outcome.state} before it was stopped`,
        because,
        facts,
      };
  }
}

export const ABOUT_STOPS: Drafters = {
  // What goes on with a stop has been told when it began.
  'stop-requested': ({ by, because, resumes, allowRevert }, title, told) =>
    resumes || told.story.failedAt !== undefined
      ? undefined
      : {
          kind: 'stop-requested',
          title: `Stopping ${title}${exposureNow(told)}`,
          because,
          facts: { 'Asked by': actorText(by), ...(allowRevert ? { AllowRevert: 'yes' } : {}) },
        },
  // Tried again at once; what comes of all tries is told.
  'stop-attempt-failed': notTold,
  'stop-answered': notTold,
  'stop-overdue': ({ state, waited }, title) => ({
    kind: 'stop-overdue',
    title: `${title} is still ${state} ${formatDuration(waited)} after the stop: look at AppConfig`,
    because: ['StopDeployment was accepted, and the rollback does not come to its end'],
  }),
  'stop-settled': settled,
  'stop-failed': (event, title, told) => notStopped(event, title, told),
};
