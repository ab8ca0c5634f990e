/** One example of every kind of event: the log vocabulary's page is made of them. */
import type { EventKind, WatchdogEvent } from '../../src/core/event.ts';
import { at, denied, otherWatch, ref, rolledBack, running, STORY, throttled, watch } from '../journal/events.ts';

type Examples = { readonly [Kind in EventKind]: Extract<WatchdogEvent, { kind: Kind }> };

function fromStory<Kind extends EventKind>(kind: Kind): Extract<WatchdogEvent, { kind: Kind }> {
  const isOf = (event: WatchdogEvent): event is Extract<WatchdogEvent, { kind: Kind }> => event.kind === kind;
  const found = STORY.findLast(isOf);
  if (found === undefined) throw new Error(`the story has no ${kind}`);
  return found;
}

export const EXAMPLES: Examples = {
  'deployment-discovered': {
    kind: 'deployment-discovered',
    at: at(5),
    watch,
    mode: 'enforce',
    snapshot: running,
    rules: ['error-rate', 'pager'],
    terms: {
      stopWhen: {
        kind: 'atLeast',
        count: 1,
        of: [
          { kind: 'rule', rule: 'error-rate' },
          { kind: 'all', of: [] },
        ],
      },
      onUnknown: { after: 300_000, do: 'hold' },
      baking: 'stop',
      verify: { for: 600_000 },
    },
  },
  'deployment-observed': fromStory('deployment-observed'),
  'rule-judged': fromStory('rule-judged'),
  'rule-unknown-too-long': {
    kind: 'rule-unknown-too-long',
    at: at(480),
    watch,
    rule: 'error-rate',
    since: at(180),
    failure: throttled,
    action: 'hold',
  },
  'rule-known-again': { kind: 'rule-known-again', at: at(500), watch, rule: 'error-rate', unknownFor: 320_000 },
  'stop-withheld': {
    kind: 'stop-withheld',
    at: at(300),
    watch: otherWatch,
    reason: 'circuit-open',
    because: ['error-rate: was 4.2 (2 of 3 above 1)'],
  },
  'stop-decided': fromStory('stop-decided'),
  'stop-concluded': fromStory('stop-concluded'),
  'recovery-judged': fromStory('recovery-judged'),
  'watch-released': fromStory('watch-released'),
  'stop-requested': fromStory('stop-requested'),
  'stop-attempt-failed': fromStory('stop-attempt-failed'),
  'stop-answered': fromStory('stop-answered'),
  'stop-overdue': { kind: 'stop-overdue', at: at(900), deployment: ref, state: 'ROLLING_BACK', waited: 600_000 },
  'stop-settled': fromStory('stop-settled'),
  'stop-failed': { kind: 'stop-failed', at: at(420), deployment: ref, failure: denied, attempts: 1, duration: 120_000 },
  'daemon-started': fromStory('daemon-started'),
  'daemon-stopping': { kind: 'daemon-stopping', at: at(700), signal: 'SIGTERM', stopsInFlight: 1 },
  'daemon-stopped': { kind: 'daemon-stopped', at: at(701), clean: true },
  'policy-loaded': fromStory('policy-loaded'),
  'policy-rejected': {
    kind: 'policy-rejected',
    at: at(640),
    file: 'config/watchdog.yaml',
    errors: ['config/watchdog.yaml:12:7 policies[0].rules[0].judge.above: expected a number, found "one"'],
  },
  'target-unreachable': { kind: 'target-unreachable', at: at(20), target: 'prod-eu', failure: denied },
  'target-reachable': { kind: 'target-reachable', at: at(80), target: 'prod-eu', unreachableFor: 60_000 },
  'discovery-incomplete': {
    kind: 'discovery-incomplete',
    at: at(20),
    target: 'prod-eu',
    what: 'application checkout',
    failure: throttled,
  },
  unguarded: {
    kind: 'unguarded',
    at: at(200),
    target: 'prod-eu',
    what: 'deployments of checkout/prod',
    since: at(20),
    failure: denied,
  },
  'guarded-again': {
    kind: 'guarded-again',
    at: at(500),
    target: 'prod-eu',
    what: 'deployments of checkout/prod',
    unguardedFor: 480_000,
    left: 0,
  },
  'deployment-missed': {
    kind: 'deployment-missed',
    at: at(20),
    target: 'prod-eu',
    application: { id: 'abc1234', name: 'checkout' },
    environment: { id: 'env1234', name: 'prod' },
    number: 11,
    state: 'COMPLETE',
    startedAt: at(5),
  },
  'cycle-failed': { kind: 'cycle-failed', at: at(20), target: 'prod-eu', failure: throttled },
  'cycle-overran': { kind: 'cycle-overran', at: at(50), target: 'prod-eu', duration: 31_000 },
  'rule-calibrated': {
    kind: 'rule-calibrated',
    at: at(55),
    target: 'prod-eu',
    policy: 'checkout-prod',
    rule: 'error-rate',
    application: { id: 'abc1234', name: 'checkout' },
    environment: { id: 'env1234', name: 'prod' },
    calibration: {
      ...{ kind: 'calibrated', etas: [0.64, 1], placebos: 600, falseStops: 4, met: true, at: at(55) },
      level: { low: 0.002, high: 0.0071 },
    },
    digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    schedule: { growthType: 'LINEAR', growthFactor: 20, durationMinutes: 10, bakeMinutes: 10 },
    why: 'the last one was a day old',
    duration: 812.4,
  },
  'circuit-opened': { kind: 'circuit-opened', at: at(650), stops: 5, within: 600_000 },
  'circuit-closed': { kind: 'circuit-closed', at: at(690), by: 'ana', reason: 'the bad release was withdrawn' },
  'deployment-held': {
    kind: 'deployment-held',
    at: at(240),
    deployment: ref,
    by: 'ana',
    reason: 'known noise of the migration, INC-42',
  },
  'hold-released': { kind: 'hold-released', at: at(290), deployment: ref, by: 'ana', reason: 'the migration is over' },
  'hook-heard': { kind: 'hook-heard', at: at(30), hook: 'alertmanager' },
  'thread-opened': {
    kind: 'thread-opened',
    at: at(247),
    notifier: 'team',
    thread: 'C0123ABCDEF/deployment/prod-eu/abc1234/env1234/12',
    id: '1795867447.000100',
  },
  'alert-received': {
    kind: 'alert-received',
    at: at(200),
    hook: 'alertmanager',
    alert: {
      key: '5ef77f1f8a3ecf8d',
      name: 'CheckoutErrors',
      state: 'firing',
      status: 'firing',
      labels: { service: 'checkout', severity: 'page' },
      since: at(190),
      summary: '4.2 % of the requests fail',
      url: 'https://prometheus.example/graph',
    },
  },
  'message-set-aside': {
    kind: 'message-set-aside',
    at: at(200),
    queue: 'events',
    because: 'it is no JSON',
    body: 'hello',
  },
  'journal-failed': {
    kind: 'journal-failed',
    at: at(30),
    failure: {
      reason: 'unavailable',
      retryable: true,
      message: 'journal journal.db: the disk is full (database or disk is full)',
      code: 'SQLITE_FULL',
    },
    lost: 0,
  },
  'journal-recovered': { kind: 'journal-recovered', at: at(90), lost: 0 },
};

export const KNOWN = { deployment: { ...rolledBack, state: 'DEPLOYING', percentage: 20 }, mode: 'enforce' } as const;
