/** What each kind of notice stands for: when it is told, how severe it is, and whether somebody has to look after it. */
import type { Incident, NoticeKind, Severity } from '../core/notice.ts';

export interface KindWords {
  readonly severity: Severity;
  readonly when: string;
  /** What it does to an incident, where it does. */
  readonly incident?: Incident['action'];
}

/** Total by type: a kind that is added has to say what it is. */
export const KINDS: Readonly<Record<NoticeKind, KindWords>> = {
  'breach-seen': {
    severity: 'warning',
    when: 'A rule says that the deployment does harm. Not during or after a stop: what comes of that is told.',
  },
  'breach-over': { severity: 'info', when: 'A rule that was breached is healthy again, and nothing was stopped.' },
  'would-have-stopped': {
    severity: 'warning',
    when: 'The rules say stop, and the policy only observes. Once for each deployment and policy.',
  },
  'stop-withheld': {
    severity: 'warning',
    when: 'The rules say stop, and something stands against it: `baking: ignore`, or a person who holds the deployment.',
  },
  'stop-held-by-circuit': {
    severity: 'critical',
    incident: 'open',
    when: 'The rules say stop, and the circuit breaker is open: the deployment goes on.',
  },
  'stop-requested': { severity: 'warning', when: 'A stop begins, by a policy or by a person.' },
  'rolled-back': {
    severity: 'warning',
    when: 'A stop has come to its end: rolled back or reverted, with how long it took and how many clients had it.',
  },
  'stop-already-over': { severity: 'info', when: 'The deployment was undone by somebody else before it was stopped.' },
  'stop-failed': {
    severity: 'critical',
    incident: 'open',
    when: 'A deployment could not be stopped; it is tried again. Told again with another reason, or after half an hour.',
  },
  'stop-overdue': {
    severity: 'critical',
    incident: 'open',
    when: 'A rollback has taken longer than `stop.deadline`.',
  },
  recovered: {
    severity: 'info',
    incident: 'close',
    when: 'After a rollback every rule that was breached is healthy again.',
  },
  'not-recovered': {
    severity: 'critical',
    incident: 'open',
    when: 'After a rollback a rule is still breached at the end of `verify.for`: the configuration was not (all of) the cause.',
  },
  'recovery-unknown': { severity: 'warning', when: 'After a rollback nobody can say whether the service recovered.' },
  'completed-in-spite': {
    severity: 'critical',
    incident: 'open',
    when: 'A deployment that does harm is complete: nobody stops it any more.',
  },
  'never-judged': {
    severity: 'warning',
    when: 'A deployment is complete, and a rule never could say anything about it.',
  },
  'deployment-missed': {
    severity: 'warning',
    when: 'A deployment that a policy wants, or may want, has ended and nobody watched it.',
  },
  'rule-unknown': {
    severity: 'critical',
    incident: 'open',
    when: 'A rule could not be asked for longer than `onUnknown.after`.',
  },
  'rule-known-again': { severity: 'info', incident: 'close', when: 'Such a rule can be asked again.' },
  'rule-only-advises': {
    severity: 'warning',
    when: 'A rule may not stop by itself: it is not calibrated, or would have stopped more than 5 % of its placebo deployments. Once for each rule, and again when it could stop everywhere meanwhile. Not where `uncalibrated: stop` insists.',
  },
  'watch-over': {
    severity: 'info',
    incident: 'close',
    when: 'A watch with an open incident has ended, and what the incident was about with it.',
  },
  held: { severity: 'warning', when: 'A person holds a deployment: it is watched, and not stopped.' },
  'hold-released': {
    severity: 'info',
    when: 'The hold is released: the deployment is stopped again when it does harm.',
  },
  'circuit-opened': {
    severity: 'critical',
    incident: 'open',
    when: 'More stops than `limits` allow: nothing more is stopped until a person says `resume`.',
  },
  'circuit-closed': { severity: 'warning', incident: 'close', when: 'A person said `resume`: stops are made again.' },
  'policy-rejected': { severity: 'critical', when: 'A changed policy file has errors; the old one stays in force.' },
  'policy-loaded': { severity: 'info', when: 'A policy file is in force again after one was refused.' },
  'target-unreachable': {
    severity: 'critical',
    incident: 'open',
    when: 'A target cannot be asked for its deployments: nothing there is guarded.',
  },
  'target-reachable': { severity: 'info', incident: 'close', when: 'The target can be asked again.' },
  'discovery-incomplete': {
    severity: 'warning',
    when: 'An application or environment could not be asked for its deployments; the rest goes on.',
  },
  unguarded: {
    severity: 'critical',
    incident: 'open',
    when: 'That has lasted for three minutes: what is deployed there is neither watched nor stopped.',
  },
  'guarded-again': {
    severity: 'info',
    incident: 'close',
    when: 'It can be asked again, or is not to be asked any more. The incident of the target ends with the last of them.',
  },
  'pass-failed': { severity: 'warning', when: 'A whole round over a target failed. Once an hour for each reason.' },
  'journal-failed': { severity: 'critical', incident: 'open', when: 'The journal cannot be written; stops go on.' },
  'journal-recovered': {
    severity: 'warning',
    incident: 'close',
    when: 'The journal is written again, with how many records are lost.',
  },
  'message-set-aside': { severity: 'critical', when: 'A message that came in could not be read, and was set aside.' },
  'watchdog-started': { severity: 'info', incident: 'close', when: 'The daemon has started.' },
  'watchdog-stopping': { severity: 'info', when: 'The daemon was told to end.' },
  'watchdog-stopped': { severity: 'info', when: 'The daemon has ended, and no stop was cut off.' },
  'stop-cut-off': {
    severity: 'critical',
    incident: 'open',
    when: 'The daemon has ended with a stop under way: the next start takes it up.',
  },
  'notices-left-out': {
    severity: 'warning',
    when: 'Notices were not told in this channel: too many at once, or it could not be reached. Says how many of which kind.',
  },
  test: { severity: 'info', when: 'Somebody ran `notify test`.' },
};
