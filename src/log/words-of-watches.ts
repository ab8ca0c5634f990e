/** How the events of a watch are told. */
import { peakExposure } from '../core/deployment.ts';
import type { StopActor, StopOutcome, WatchEvent } from '../core/event.ts';
import { formatDuration } from '../core/time.ts';
import { counted, plainText } from '../lib/text.ts';
import { type Entry, entry, failureText, failureValues, type LogContext, listed, time } from './entry.ts';

const VERDICT_LEVEL = { healthy: 'debug', breached: 'warn', inconclusive: 'info', unknown: 'warn' } as const;

export function actorText(by: StopActor): string {
  if (by.kind === 'policy') return `policy ${plainText(by.policy)}`;
  return `${plainText(by.name)} (${plainText(by.reason)})`;
}

export function outcomeText(outcome: StopOutcome): string {
  const calls = counted(outcome.attempts, 'StopDeployment call');
  switch (outcome.kind) {
    case 'rolled-back':
      return `rolled back after ${calls}`;
    case 'reverted':
      return `reverted to the version before after ${calls}`;
    case 'already-over':
      return `already over (${plainText(outcome.state)}) when it was to be stopped, after ${calls}`;
    case 'failed':
      return `NOT stopped after ${calls}: ${failureText(outcome.failure)}`;
  }
}

const exposure = (context: LogContext) =>
  context.deployment === undefined ? '' : ` at ${context.deployment.percentage} % exposure`;

type Words = { readonly [Kind in WatchEvent['kind']]: Entry<Kind> };

export const WORDS_OF_WATCHES: Words = {
  'deployment-discovered': entry('deployment-discovered', {
    when: 'A deployment in progress was found that a policy matches; a watch begins, or goes on after a restart or under a changed policy. Each entry of its event log that had no line yet follows as a line `deployment-event`.',
    level: 'info',
    fields: {
      rules: 'names of the rules that judge it',
      startedAt: 'when the deployment started (ISO)',
      strategy: 'growth type, factor and minutes',
      type: 'USER or MANAGED',
    },
    says: ({ watch, mode, snapshot, rules }, title) =>
      `watching ${title} (${plainText(snapshot.profile.name)} version ${plainText(snapshot.version)}, ` +
      `${plainText(snapshot.state)} at ${snapshot.percentage} %) under policy ${plainText(watch.policy)}: ${counted(rules.length, 'rule')}` +
      `${mode === 'observe' ? '; it will NOT be stopped (observe)' : ''}`,
    values: ({ snapshot, rules }) => ({
      rules,
      startedAt: time(snapshot.startedAt),
      strategy: {
        growthType: snapshot.growthType,
        growthFactor: snapshot.growthFactor,
        durationMinutes: snapshot.durationMinutes,
        bakeMinutes: snapshot.bakeMinutes,
      },
      type: snapshot.type,
    }),
  }),
  'deployment-observed': entry('deployment-observed', {
    when: 'State, percentage or event log of a watched deployment changed. Each new entry of its event log follows as a line `deployment-event`.',
    level: 'info',
    fields: { newEntries: 'number of event log entries not seen before', peakExposure: 'largest share so far (0..1)' },
    says: ({ snapshot }, title) => `${title} is ${plainText(snapshot.state)} at ${snapshot.percentage} %`,
    values: ({ snapshot, news }) => ({ newEntries: news.length, peakExposure: peakExposure(snapshot) }),
  }),
  'rule-judged': entry('rule-judged', {
    when: 'A rule gave a verdict, or new numbers for it. info when inconclusive, warn when breached or unknown; debug when healthy, or when it is the same kind of verdict as before.',
    level: ({ verdict }, { repeats }) => (repeats === true ? 'debug' : VERDICT_LEVEL[verdict.kind]),
    fields: {
      rule: 'name of the rule',
      verdict: 'healthy, breached, inconclusive or unknown',
      because: 'the reason with its numbers',
      evidence: 'the query, its datapoints and the bound they were held against',
      failure: 'unknown only: why it could not be asked',
      requestId: 'unknown only: AWS request id, joins with CloudTrail',
    },
    says: ({ rule, verdict }, title) =>
      `${title} ${plainText(rule)}: ${verdict.kind.toUpperCase()}, ${plainText(verdict.because, 600)}`,
    values: ({ rule, verdict }) => ({
      rule,
      verdict: verdict.kind,
      because: verdict.because,
      ...(verdict.kind === 'unknown' ? failureValues(verdict.failure) : { evidence: verdict.evidence }),
    }),
  }),
  'rule-unknown-too-long': entry('rule-unknown-too-long', {
    when: 'A rule could not be asked for longer than `onUnknown.after`.',
    level: 'error',
    critical: true,
    fields: {
      rule: 'name of the rule',
      since: 'since when it could not be asked (ISO)',
      action: 'hold or stop, as the policy says',
      failure: 'why it could not be asked',
      requestId: 'AWS request id, joins with CloudTrail',
    },
    says: ({ rule, since, at, failure, action }, title) =>
      `${title} is not judged by ${plainText(rule)} for ${formatDuration(at - since)}: ${failureText(failure)}; ` +
      (action === 'stop' ? 'the policy says stop' : 'the deployment goes on unjudged (hold)'),
    values: ({ rule, since, action, failure }) => ({ rule, since: time(since), action, ...failureValues(failure) }),
  }),
  'rule-known-again': entry('rule-known-again', {
    when: 'A rule that could not be asked can be asked again.',
    level: 'info',
    fields: { rule: 'name of the rule', unknownForMs: 'how long it could not be asked (ms)' },
    says: ({ rule, unknownFor }, title) =>
      `${title} is judged by ${plainText(rule)} again after ${formatDuration(unknownFor)}`,
    values: ({ rule, unknownFor }) => ({ rule, unknownForMs: unknownFor }),
  }),
  'stop-withheld': entry('stop-withheld', {
    when: 'The rules say stop, and mode, baking, a hold or the circuit breaker says no; told once per reason.',
    level: ({ reason }) => (reason === 'circuit-open' ? 'error' : 'warn'),
    critical: ({ reason }) => reason === 'circuit-open',
    fields: { reason: 'observe, held, baking-ignored or circuit-open', because: 'the reasons of the rules' },
    says: ({ reason, because }, title, context) =>
      `${title}${exposure(context)} does harm and is NOT stopped (${reason}): ${listed(because)}`,
    values: ({ reason, because }) => ({ reason, because }),
  }),
  'stop-decided': entry('stop-decided', {
    when: 'The rules of a policy say stop and nothing stands against it, or a person does.',
    level: 'warn',
    fields: {
      because: 'the reasons of the rules, or the one given',
      evidenceAt: 'when the evidence that decided came to be (ISO)',
      by: 'the person, where it was not the policy',
    },
    says: ({ watch, because, by }, title, context) =>
      `${by === undefined ? `policy ${plainText(watch.policy)}` : actorText(by)} decided to stop ${title}${exposure(context)}: ${listed(because)}`,
    values: ({ because, evidenceAt, by }) => ({
      because,
      evidenceAt: time(evidenceAt),
      ...(by === undefined ? {} : { by: { ...by } }),
    }),
  }),
  'stop-concluded': entry('stop-concluded', {
    when: 'What the stop led to, once for each watch of the deployment.',
    level: ({ outcome }) => (outcome.kind === 'failed' ? 'error' : 'info'),
    fields: { outcome: 'rolled-back, reverted, already-over or failed', attempts: 'StopDeployment calls' },
    says: ({ watch, outcome }, title) => `${title} for policy ${plainText(watch.policy)}: ${outcomeText(outcome)}`,
    values: ({ outcome }) => ({ outcome: outcome.kind, attempts: outcome.attempts }),
  }),
  'recovery-judged': entry('recovery-judged', {
    when: 'After a rollback: whether the rules went back to healthy within `verify.for`.',
    level: ({ recovery }) => (recovery === 'not-recovered' ? 'error' : recovery === 'recovered' ? 'info' : 'warn'),
    critical: ({ recovery }) => recovery === 'not-recovered',
    fields: { recovery: 'recovered, not-recovered or cannot-tell', because: 'the reasons of the rules' },
    says: ({ recovery, because }, title) =>
      `after the rollback of ${title} the service has ${
        { recovered: 'recovered', 'not-recovered': 'NOT recovered', 'cannot-tell': 'perhaps recovered: cannot tell' }[
          recovery
        ]
      }: ${listed(because)}`,
    values: ({ recovery, because }) => ({ recovery, because }),
  }),
  'watch-released': entry('watch-released', {
    when: 'A watch ends. warn when a deployment completed that a rule could never judge; error when it completed before it could be stopped.',
    level: ({ unjudged, unstopped = [] }) => (unstopped.length > 0 ? 'error' : unjudged.length > 0 ? 'warn' : 'info'),
    critical: ({ unstopped = [] }) => unstopped.length > 0,
    fields: {
      because: 'why it ends',
      finalState: 'last state of the deployment',
      unjudged: 'rules of a completed deployment that never were healthy or breached: too short, or without data',
      unstopped:
        'why an enforced policy would have stopped it, when it was complete before that: nobody stops it any more',
    },
    says: ({ because, finalState }, title) =>
      `no longer watching ${title} (${plainText(finalState)}): ${plainText(because)}`,
    values: ({ because, finalState, unjudged, unstopped = [] }) => ({
      because,
      finalState,
      unjudged,
      ...(unstopped.length === 0 ? {} : { unstopped }),
    }),
  }),
};
