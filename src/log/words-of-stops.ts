/** How the events of a stop are told. */
import { peakExposure } from '../core/deployment.ts';
import type { StopEvent, StopOutcome } from '../core/event.ts';
import { formatDuration } from '../core/time.ts';
import { counted, plainText } from '../lib/text.ts';
import { type Entry, entry, failureText, failureValues, listed } from './entry.ts';
import { actorText, outcomeText } from './words-of-watches.ts';

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** It should have been stopped, and went through or goes on. */
function isUnstopped(outcome: StopOutcome): boolean {
  return outcome.kind === 'failed' || (outcome.kind === 'already-over' && outcome.state === 'COMPLETE');
}

type Words = { readonly [Kind in StopEvent['kind']]: Entry<Kind> };

const REQUEST_ID = 'AWS request id, joins with CloudTrail';
const FAILURE = 'reason, message, code, HTTP status';

export const WORDS_OF_STOPS: Words = {
  'stop-requested': entry('stop-requested', {
    when: 'Written before the first StopDeployment call.',
    level: 'warn',
    fields: {
      by: 'who asks: the policy, or the person with the reason given',
      because: 'the reasons of the rules, with their numbers',
      allowRevert: 'whether AllowRevert is sent',
      resumes: 'whether it goes on with an earlier stop that has no end on record',
    },
    says: ({ by, because, allowRevert, resumes }, title, { deployment }) =>
      `STOP ${resumes ? 'resumed' : 'requested'} for ${title}` +
      (deployment === undefined ? '' : ` at ${deployment.percentage} % exposure`) +
      ` by ${actorText(by)}${allowRevert ? ', with AllowRevert' : ''}: ${listed(because)}`,
    values: ({ by, because, allowRevert, resumes }) => ({ by: { ...by }, because, allowRevert, resumes }),
  }),
  'stop-attempt-failed': entry('stop-attempt-failed', {
    when: 'One StopDeployment call failed.',
    level: ({ willRetry }) => (willRetry ? 'warn' : 'error'),
    fields: {
      attempt: 'which call, from 1',
      willRetry: 'whether it is tried again',
      retryInMs: 'wait before the next try (ms)',
      allowRevert: 'whether AllowRevert was sent',
      failure: FAILURE,
      requestId: REQUEST_ID,
    },
    says: ({ attempt, failure, willRetry, retryIn }, title) =>
      `stopping ${title}, call ${attempt} failed: ${failureText(failure)}; ` +
      (willRetry ? `next try${retryIn === undefined ? '' : ` in ${formatDuration(retryIn)}`}` : 'not tried again'),
    values: ({ attempt, willRetry, retryIn, allowRevert, failure }) => ({
      attempt,
      willRetry,
      ...(retryIn === undefined ? {} : { retryInMs: retryIn }),
      allowRevert,
      ...failureValues(failure),
    }),
  }),
  'stop-answered': entry('stop-answered', {
    when: 'AppConfig accepted StopDeployment; the rollback is followed from here.',
    level: 'warn',
    fields: {
      attempt: 'which call, from 1',
      allowRevert: 'whether AllowRevert was sent',
      durationMs: 'length of that call (ms)',
      requestId: REQUEST_ID,
      answer: 'every field of the StopDeployment answer, under the names AWS gives them, times in ISO',
    },
    says: ({ attempt, duration, requestId }, title) =>
      `AppConfig accepted the stop of ${title} on call ${attempt} in ${formatDuration(duration)}` +
      (requestId === undefined ? '' : ` (request ${plainText(requestId)})`),
    values: ({ attempt, allowRevert, duration, requestId, answer }) => ({
      attempt,
      allowRevert,
      durationMs: duration,
      requestId,
      answer,
    }),
  }),
  'stop-overdue': entry('stop-overdue', {
    when: 'The rollback has taken longer than `stop.deadline`; following goes on.',
    level: 'error',
    critical: true,
    fields: { waitedMs: 'time since the stop was requested (ms)' },
    says: ({ state, waited }, title) =>
      `${title} is still ${plainText(state)} ${formatDuration(waited)} after the stop: look at AppConfig`,
    values: ({ waited }) => ({ waitedMs: waited }),
  }),
  'stop-settled': entry('stop-settled', {
    when: 'The end of a stop. Each entry of the final event log that had no line yet follows as a line `deployment-event`.',
    level: (event) => (isUnstopped(event.outcome) ? 'fatal' : 'warn'),
    critical: (event) => isUnstopped(event.outcome),
    fields: {
      outcome: 'rolled-back, reverted, already-over or failed',
      by: 'who asked: { kind: policy, policy } or { kind: operator, name, reason }',
      because: 'the reasons, with the numbers behind them',
      peakExposure: 'largest share of the clients that had the configuration (0..1)',
      attempts: 'StopDeployment calls',
      durationMs: 'from the request to the end (ms)',
      stopRequestId: 'AWS request id of the accepted StopDeployment, joins with CloudTrail',
      requestId: 'AWS request id of the final GetDeployment',
      answer: 'every field of the final GetDeployment, EventLog and AppliedExtensions included, times in ISO',
      failure: `failed only: ${FAILURE}`,
    },
    says: ({ outcome, duration, snapshot }, title) =>
      `${title} ${outcomeText(outcome)}, ${formatDuration(duration)} after the request; ` +
      `state ${plainText(snapshot.state)}, at most ${percent(peakExposure(snapshot))} of the clients had it`,
    values: ({ by, because, outcome, duration, stopRequestId, requestId, answer, snapshot }) => ({
      outcome: outcome.kind,
      by: { ...by },
      because,
      peakExposure: peakExposure(snapshot),
      attempts: outcome.attempts,
      durationMs: duration,
      ...(outcome.kind === 'failed' ? { failure: { ...outcome.failure } } : {}),
      stopRequestId,
      requestId,
      answer,
    }),
  }),
  'stop-failed': entry('stop-failed', {
    when: 'A deployment could not be stopped or followed; it is tried again while the deployment runs.',
    level: 'fatal',
    critical: true,
    fields: {
      attempts: 'StopDeployment calls',
      durationMs: 'time since the request (ms)',
      failure: FAILURE,
      requestId: REQUEST_ID,
    },
    says: ({ failure, attempts, duration }, title) =>
      `${title} could NOT be stopped (${counted(attempts, 'call')} in ${formatDuration(duration)}): ${failureText(failure)}; ` +
      'stop it by hand, it is tried again for as long as it runs',
    values: ({ failure, attempts, duration }) => ({ attempts, durationMs: duration, ...failureValues(failure) }),
  }),
};
