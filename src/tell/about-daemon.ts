/** What people are told of the events of the daemon itself. */

import { doubtOf } from '../core/calibration.ts';
import type { DaemonEvent } from '../core/event.ts';
import { formatDuration, iso } from '../core/time.ts';
import { counted, plainText } from '../lib/text.ts';
import { isInDoubt } from './doubts.ts';
import { type Drafter, failureText, notTold, requestFact } from './draft.ts';

type Drafters = { readonly [Kind in DaemonEvent['kind']]: Drafter<Kind> };

const HOUR = 3_600_000;
const LIFE = 'watchdog';
const targetThread = (target: string) => `target/${target}`;

export const ABOUT_DAEMON: Drafters = {
  'daemon-started': ({ version, targets, policies }) => ({
    kind: 'watchdog-started',
    title: `appconfig-watchdog ${version} watches ${targets.join(', ')}`,
    facts: { Policies: policies.join(', '), Targets: targets.join(', ') },
    thread: LIFE,
  }),
  'daemon-stopping': ({ signal, stopsInFlight }) => ({
    kind: 'watchdog-stopping',
    title: `appconfig-watchdog ends on ${signal}: nothing is guarded until it runs again`,
    facts: { 'Stops under way': String(stopsInFlight) },
    thread: LIFE,
  }),
  'daemon-stopped': ({ clean }) =>
    clean
      ? { kind: 'watchdog-stopped', title: 'appconfig-watchdog has ended, no stop was cut off', thread: LIFE }
      : {
          kind: 'stop-cut-off',
          title: 'appconfig-watchdog has ended with a stop under way: start it again, or look at AppConfig',
          thread: LIFE,
        },
  'policy-loaded': ({ file, policies }, _, { refused }) =>
    refused
      ? {
          kind: 'policy-loaded',
          title: `The policy file ${file} is good again and in force`,
          facts: { Policies: policies.join(', ') },
          thread: 'policy-file',
        }
      : undefined,
  'policy-rejected': ({ file, errors }) => ({
    kind: 'policy-rejected',
    title: `The changed policy file ${file} was refused: the old one stays in force`,
    because: errors,
    thread: 'policy-file',
  }),
  'target-unreachable': ({ target, failure }) => ({
    kind: 'target-unreachable',
    title: `Target ${target} cannot be reached: its deployments are NOT guarded`,
    because: [failureText(failure)],
    facts: { Target: target, ...requestFact(failure) },
    thread: targetThread(target),
  }),
  'target-reachable': ({ target, unreachableFor }) => ({
    kind: 'target-reachable',
    title: `Target ${target} can be reached again after ${formatDuration(unreachableFor)}`,
    facts: { Target: target },
    thread: targetThread(target),
  }),
  'discovery-incomplete': ({ target, what, failure, at }) => ({
    kind: 'discovery-incomplete',
    title: `Target ${target}: ${what} could not be looked at, deployments there are NOT found`,
    because: [failureText(failure)],
    facts: { Target: target, ...requestFact(failure) },
    id: `${what}/${Math.floor(at / HOUR)}`,
    thread: targetThread(target),
  }),
  unguarded: ({ target, what, since, failure }) => ({
    kind: 'unguarded',
    title: `Target ${target}: ${what} could not be looked at for minutes: what is deployed there is NOT guarded`,
    because: [failureText(failure)],
    facts: { Target: target, Since: iso(since), ...requestFact(failure) },
    id: `${what}/${since}`,
    about: 'unguarded',
    thread: targetThread(target),
  }),
  'guarded-again': ({ target, what, unguardedFor, left, at }) => ({
    kind: 'guarded-again',
    title: `Target ${target}: unguarded no more after ${formatDuration(unguardedFor)}: ${what}`,
    facts: { Target: target, ...(left === 0 ? {} : { 'Still unguarded': String(left) }) },
    id: `${what}/${at}`,
    about: 'unguarded',
    thread: targetThread(target),
    keepsOpen: left > 0,
  }),
  'deployment-missed': ({ target, application, environment, number, state, startedAt }) => ({
    kind: 'deployment-missed',
    title: `${application.name}/${environment.name}/${number} came and went: nobody watched it`,
    facts: { State: state, Target: target, ...(startedAt === undefined ? {} : { Started: iso(startedAt) }) },
    id: `${application.id}/${environment.id}/${number}`,
    thread: targetThread(target),
  }),
  'cycle-failed': ({ target, failure, at }) => ({
    kind: 'pass-failed',
    title: `Target ${target}: a round of looking failed`,
    because: [failureText(failure)],
    facts: { Target: target, ...requestFact(failure) },
    id: `${failure.reason}/${Math.floor(at / HOUR)}`,
    thread: targetThread(target),
  }),
  'cycle-overran': notTold,
  'rule-calibrated': (event, _, { doubted }) => {
    const { policy, rule, target, application, environment, calibration } = event;
    if (doubted || !isInDoubt(event)) return undefined;
    return {
      kind: 'rule-only-advises',
      title: `Rule ${rule} of policy ${policy} only advises: by itself it stops NOTHING`,
      because: [plainText(doubtOf(calibration) ?? '', 600)],
      facts: {
        'First for': `${application.name}/${environment.name}`,
        Target: target,
        'What helps': 'more `history`, another judge, or `uncalibrated: stop` knowingly',
      },
      thread: `rule/${policy}/${rule}`,
    };
  },
  'circuit-opened': ({ stops, within }) => ({
    kind: 'circuit-opened',
    title: 'The circuit breaker is open: NOTHING more is stopped until somebody says `resume`',
    because: [`one more would be ${stops} stops within ${formatDuration(within)}: something shared may be broken`],
    thread: 'circuit',
  }),
  'circuit-closed': ({ by, reason }) => ({
    kind: 'circuit-closed',
    title: `The circuit breaker was closed by ${by}: stops are made again`,
    because: [reason],
    thread: 'circuit',
  }),
  // Alerts come from people's own tools; what becomes of them is told.
  'hook-heard': notTold,
  'alert-received': notTold,
  'message-set-aside': ({ queue, because, at }) => ({
    kind: 'message-set-aside',
    title: `Queue ${queue}: a message was set aside, what it says is NOT taken into account`,
    because: [because],
    facts: { Queue: queue },
    id: `${queue}/${at}`,
    thread: `queue/${queue}`,
  }),
  // What was told is not told.
  'thread-opened': notTold,
  'journal-failed': ({ failure, lost }) => ({
    kind: 'journal-failed',
    title: 'The journal cannot be written: stops go on, records wait in memory',
    because: [failureText(failure)],
    facts: { 'Records lost': String(lost) },
    thread: 'journal',
  }),
  'journal-recovered': ({ lost }) => ({
    kind: 'journal-recovered',
    title: `The journal is written again; ${lost === 0 ? 'nothing was lost' : `${counted(lost, 'record is', 'records are')} LOST`}`,
    facts: { 'Records lost': String(lost) },
    thread: 'journal',
  }),
};
