/** How the events of the daemon itself are told. */
import { type Calibration, doubtOf, falseStopRate, risingForm } from '../core/calibration.ts';
import type { DaemonEvent } from '../core/event.ts';
import { formatDuration } from '../core/time.ts';
import { counted, plainText } from '../lib/text.ts';
import { type Entry, entry, failureText, failureValues, listed, time } from './entry.ts';

type Words = { readonly [Kind in DaemonEvent['kind']]: Entry<Kind> };

/** Nothing where the bound stays. */
function risingValues(calibration: Calibration) {
  const form = risingForm(calibration);
  return form === undefined ? {} : { rise: form.rise, learnt: form.learnt !== undefined };
}

const FAILURE = 'reason, message, code, HTTP status';
const REQUEST_ID = 'AWS request id, joins with CloudTrail';

export const WORDS_OF_DAEMON: Words = {
  'daemon-started': entry('daemon-started', {
    when: 'The daemon starts.',
    level: 'info',
    fields: { version: 'of this program', targets: 'names of the targets', policies: 'names of the policies' },
    says: ({ version, targets, policies }) =>
      `appconfig-watchdog ${plainText(version)} started: ${counted(policies.length, 'policy', 'policies')} over ${targets.length === 1 ? 'target' : 'targets'} ${listed(targets)}`,
    values: ({ version, targets, policies }) => ({ version, targets, policies }),
  }),
  'daemon-stopping': entry('daemon-stopping', {
    when: 'The daemon was told to end; stops in flight are finished within a bound.',
    level: 'info',
    fields: { signal: 'what told it', stopsInFlight: 'stops that are still followed' },
    says: ({ signal, stopsInFlight }) =>
      `ending on ${plainText(signal)}${stopsInFlight > 0 ? `, after ${counted(stopsInFlight, 'stop')} in flight` : ''}`,
    values: ({ signal, stopsInFlight }) => ({ signal, stopsInFlight }),
  }),
  'daemon-stopped': entry('daemon-stopped', {
    when: 'The daemon has ended.',
    level: ({ clean }) => (clean ? 'info' : 'error'),
    fields: { clean: 'whether every stop in flight came to its end; how each ended has a line of its own' },
    says: ({ clean }) =>
      clean ? 'ended, no stop was cut off' : 'ended with a stop cut off: the next start takes it up',
    values: ({ clean }) => ({ clean }),
  }),
  'policy-loaded': entry('policy-loaded', {
    when: 'A policy file was read and is in force.',
    level: 'info',
    fields: {
      file: 'path of the file',
      digest: 'of its text',
      policies: 'names of the policies',
      reload: 'whether it replaced another one',
    },
    says: ({ file, policies, reload }) =>
      `policy file ${plainText(file)} ${reload ? 'reloaded' : 'loaded'}: ${listed(policies)}`,
    values: ({ file, digest, policies, reload }) => ({ file, digest, policies, reload }),
  }),
  'policy-rejected': entry('policy-rejected', {
    when: 'A changed policy file has errors; the old one stays in force.',
    level: 'error',
    critical: true,
    fields: { file: 'path of the file', errors: 'every error, with line and key' },
    says: ({ file, errors }) =>
      `policy file ${plainText(file)} refused, the old one stays in force: ${listed(errors.slice(0, 3))}` +
      (errors.length > 3 ? ` and ${errors.length - 3} more` : ''),
    values: ({ file, errors }) => ({ file, errors }),
  }),
  'target-unreachable': entry('target-unreachable', {
    when: 'A target cannot be asked for its deployments: nothing there is guarded.',
    level: 'error',
    critical: true,
    fields: { failure: FAILURE, requestId: REQUEST_ID },
    says: ({ target, failure }) =>
      `target ${plainText(target)} cannot be reached, its deployments are NOT guarded: ${failureText(failure)}`,
    values: ({ failure }) => failureValues(failure),
  }),
  'target-reachable': entry('target-reachable', {
    when: 'A target can be asked again.',
    level: 'info',
    fields: { unreachableForMs: 'how long it could not be asked (ms)' },
    says: ({ target, unreachableFor }) =>
      `target ${plainText(target)} can be reached again after ${formatDuration(unreachableFor)}`,
    values: ({ unreachableFor }) => ({ unreachableForMs: unreachableFor }),
  }),
  'discovery-incomplete': entry('discovery-incomplete', {
    when: 'One application or environment could not be asked; the rest goes on.',
    level: 'warn',
    fields: { what: 'what could not be discovered', failure: FAILURE, requestId: REQUEST_ID },
    says: ({ target, what, failure }) =>
      `target ${plainText(target)}: ${plainText(what)} could not be looked at: ${failureText(failure)}`,
    values: ({ what, failure }) => ({ what, ...failureValues(failure) }),
  }),
  unguarded: entry('unguarded', {
    when: 'One application, environment or deployment could not be asked for three minutes: what is deployed there is neither watched nor stopped.',
    level: 'error',
    critical: true,
    fields: {
      what: 'what could not be discovered',
      since: 'since when (ISO)',
      failure: FAILURE,
      requestId: REQUEST_ID,
    },
    says: ({ target, what, since, failure }) =>
      `target ${plainText(target)}: UNGUARDED since ${time(since)}: ${plainText(what)} could not be looked at: ${failureText(failure)}`,
    values: ({ what, since, failure }) => ({ what, since: time(since), ...failureValues(failure) }),
  }),
  'guarded-again': entry('guarded-again', {
    when: 'What was unguarded is looked at again, or nobody is to look at it any more.',
    level: 'info',
    fields: {
      what: 'what is discovered again',
      unguardedForMs: 'how long it was not (ms)',
      left: 'how many others of the target still are not',
    },
    says: ({ target, what, unguardedFor }) =>
      `target ${plainText(target)}: unguarded no more after ${formatDuration(unguardedFor)}: ${plainText(what)}`,
    values: ({ what, unguardedFor, left }) => ({ what, unguardedForMs: unguardedFor, left }),
  }),
  'deployment-missed': entry('deployment-missed', {
    when: 'A deployment that a policy wants, or may want, has ended and nobody watched it: it came and went between two looks, or could not be read.',
    level: 'warn',
    fields: {
      number: 'deployment number',
      startedAt: 'when it started (ISO)',
    },
    says: ({ application, environment, number, state }) =>
      `${plainText(`${application.name}/${environment.name}/${number}`)} came and went and was NOT watched; it is ${plainText(state)}`,
    values: ({ number, startedAt }) => ({ number, ...(startedAt === undefined ? {} : { startedAt: time(startedAt) }) }),
  }),
  'cycle-failed': entry('cycle-failed', {
    when: 'A pass over a target failed as a whole; the next one is due on schedule.',
    level: 'error',
    fields: { failure: FAILURE, requestId: REQUEST_ID },
    says: ({ target, failure }) => `target ${plainText(target)}: a pass failed: ${failureText(failure)}`,
    values: ({ failure }) => failureValues(failure),
  }),
  'cycle-overran': entry('cycle-overran', {
    when: 'A pass over a target took longer than the schedule; the passes due meanwhile were left out.',
    level: 'warn',
    fields: { durationMs: 'length of the pass (ms)' },
    says: ({ target, duration }) =>
      `target ${plainText(target)}: a pass took ${formatDuration(duration)}, longer than the schedule`,
    values: ({ duration }) => ({ durationMs: duration }),
  }),
  'rule-calibrated': entry('rule-calibrated', {
    when: 'A rule was replayed over deployments that never were, before it judges one of this environment and schedule. warn where it may only advise.',
    level: ({ calibration }) => (doubtOf(calibration) === undefined ? 'info' : 'warn'),
    fields: {
      rule: 'name of the rule',
      policy: 'name of its policy',
      falseStopRate: 'share of the placebos it would have stopped (0..1); null where none could be replayed',
      placebos: 'how many were replayed',
      etas: 'how far the evidence is tempered for it (1: not at all)',
      logNeeded: 'form by-power only: ln of the evidence at which it stops (in the first period); else 1 / alpha',
      rise: 'form by-power only: by how much logNeeded rises with each period of the deployment',
      learnt: 'form by-power only: true where the evidence is that of what was learnt of the metric',
      bound: 'threshold-or-dose only: standard deviations its threshold needs',
      because: 'why it is not calibrated, or may only advise',
      why: 'why it was measured (anew)',
      durationMs: 'how long was reckoned (ms)',
    },
    says: ({ rule, policy, application, environment, calibration, why, insists, keepsFormer }) => {
      const where = `${plainText(rule)} of policy ${plainText(policy)} for ${plainText(application.name)}/${plainText(environment.name)}`;
      const may = insists === true ? 'stops all the same, as its policy insists' : 'only advises';
      if (calibration.kind === 'uncalibrated') {
        const because = plainText(calibration.because);
        return keepsFormer === true
          ? `${where} could not be calibrated anew, and its former calibration goes on: ${because}`
          : `${where} is NOT calibrated and ${may}: ${because}`;
      }
      const { falseStops, placebos } = calibration;
      const rate = `${falseStops} of ${placebos} placebo deployments (${(100 * falseStopRate(calibration)).toFixed(1)} %) would have been stopped`;
      return doubtOf(calibration) === undefined
        ? `${where} is calibrated: ${rate}${why === undefined ? '' : ` (${plainText(why)})`}`
        : `${where} ${may}: ${rate}`;
    },
    values: ({ rule, policy, calibration, why, duration }) => ({
      ...(calibration.kind === 'uncalibrated'
        ? { rule, policy, falseStopRate: null, placebos: 0, because: calibration.because }
        : {
            ...{ rule, policy, falseStopRate: falseStopRate(calibration), placebos: calibration.placebos },
            etas: calibration.etas,
            ...(calibration.logNeeded === undefined ? {} : { logNeeded: calibration.logNeeded }),
            ...risingValues(calibration),
            ...(calibration.bound === undefined ? {} : { bound: calibration.bound }),
            ...(doubtOf(calibration) === undefined ? {} : { because: doubtOf(calibration) ?? '' }),
            ...(why === undefined ? {} : { why }),
            ...(duration === undefined ? {} : { durationMs: Math.round(duration) }),
          }),
    }),
  }),
  'circuit-opened': entry('circuit-opened', {
    when: 'More stops than `limits.stops` within `limits.per`: no more are made until somebody resumes.',
    level: 'fatal',
    critical: true,
    fields: { stops: 'stops wanted, with the one that is not made', withinMs: 'in this time (ms)' },
    says: ({ stops, within }) =>
      `circuit breaker open: one more would be ${counted(stops, 'stop')} within ${formatDuration(within)}; nothing more is stopped until \`resume\``,
    values: ({ stops, within }) => ({ stops, withinMs: within }),
  }),
  'circuit-closed': entry('circuit-closed', {
    when: 'Somebody resumed; stops are made again.',
    level: 'warn',
    fields: { by: 'who', reason: 'the reason given' },
    says: ({ by, reason }) => `circuit breaker closed by ${plainText(by)}: ${plainText(reason)}`,
    values: ({ by, reason }) => ({ by, reason }),
  }),
  'hook-heard': entry('hook-heard', {
    when: 'The first message that ever came by a hook or a queue: from now on its silence means something.',
    level: 'info',
    fields: { hook: 'name of the hook or queue' },
    says: ({ hook }) => `hook ${plainText(hook)}: the first message has come`,
    values: ({ hook }) => ({ hook }),
  }),
  'alert-received': entry('alert-received', {
    when: 'An alert came by a hook or a queue and says something new; what is sent again is not told.',
    level: ({ alert }) => (alert.state === 'firing' ? 'warn' : 'info'),
    fields: {
      hook: 'name of the hook or queue',
      alert: "name, state, the sender's own word for it, labels, since when, summary, link; as they were sent",
    },
    says: ({ hook, alert }) =>
      `hook ${plainText(hook)}: alert "${plainText(alert.name)}" is ${plainText(alert.status, 50)}` +
      (alert.summary === '' || alert.summary === alert.name ? '' : `: ${plainText(alert.summary, 300)}`),
    values: ({ hook, alert }) => ({ hook, alert: { ...alert, labels: { ...alert.labels } } }),
  }),
  'message-set-aside': entry('message-set-aside', {
    when: 'A message of a queue could not be taken in, again and again; it is kept in the journal and deleted from the queue.',
    level: 'error',
    critical: true,
    fields: { queue: 'name of the queue', because: 'why it could not be taken in', body: 'as it came, cut to a bound' },
    says: ({ queue, because }) =>
      `queue ${plainText(queue)}: a message was set aside, what it says is NOT taken into account: ${plainText(because)}`,
    values: ({ queue, because, body }) => ({ queue, because, body }),
  }),
  'thread-opened': entry('thread-opened', {
    when: 'A notifier began a thread; what follows of the same story is told in it, also after a restart.',
    level: 'debug',
    fields: {
      notifier: 'its name in the policy file',
      thread: 'what it is about, in the words of the notifier',
      id: "names the thread where it is: Slack's `ts` of its first message",
    },
    says: ({ notifier, thread }) => `${plainText(notifier)}: a thread about ${plainText(thread)} was begun`,
    values: ({ notifier, thread, id }) => ({ notifier, thread, id }),
  }),
  'journal-failed': entry('journal-failed', {
    when: 'The journal cannot be written; stops go on, records wait in memory.',
    level: 'fatal',
    critical: true,
    fields: { failure: FAILURE, lost: 'records lost so far' },
    says: ({ failure, lost }) =>
      `${failureText(failure)}; stops go on, records wait in memory${lost > 0 ? `, ${counted(lost, 'is', 'are')} LOST` : ''}`,
    values: ({ failure, lost }) => ({ failure: { ...failure }, lost }),
  }),
  'journal-recovered': entry('journal-recovered', {
    when: 'The journal can be written again and has caught up.',
    level: 'warn',
    fields: { lost: 'records that were lost for good' },
    says: ({ lost }) =>
      `the journal is written again${lost > 0 ? `; ${counted(lost, 'record is', 'records are')} lost` : ', nothing was lost'}`,
    values: ({ lost }) => ({ lost }),
  }),
};
