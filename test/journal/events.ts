/** Literal events of two deployments, for the tests of everything that reads or tells events. */
import type { Deployment, DeploymentRef } from '../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { JsonObject } from '../../src/core/json.ts';

export const T0 = Date.UTC(2026, 10, 3, 12, 0, 0);
export const at = (seconds: number) => T0 + seconds * 1_000;

export const ref: DeploymentRef = {
  target: 'prod-eu',
  region: 'eu-west-1',
  applicationId: 'abc1234',
  environmentId: 'env1234',
  number: 12,
};
const otherRef: DeploymentRef = { ...ref, environmentId: 'env9999', number: 3 };
export const watch = { deployment: ref, policy: 'checkout-prod' };
export const otherWatch = { deployment: otherRef, policy: 'everything' };

const started = {
  type: 'DEPLOYMENT_STARTED',
  triggeredBy: 'USER',
  description: 'Deployment started',
  at: at(0),
  actions: [],
};
const step = (seconds: number, percent: number) => ({
  type: 'PERCENTAGE_UPDATED',
  triggeredBy: 'APPCONFIG',
  description: `The deployment is now at ${percent}%`,
  at: at(seconds),
  actions: [],
});

export const running: Deployment = {
  ref,
  account: '111122223333',
  application: { id: 'abc1234', name: 'checkout' },
  environment: { id: 'env1234', name: 'prod' },
  profile: { id: 'prof123', name: 'flags' },
  version: '7',
  versionLabel: 'v2.3.1',
  description: 'raise the limit',
  type: 'USER',
  state: 'DEPLOYING',
  percentage: 0,
  startedAt: at(0),
  growthType: 'LINEAR',
  growthFactor: 20,
  durationMinutes: 10,
  bakeMinutes: 5,
  events: [started],
};
export const atTwenty: Deployment = { ...running, percentage: 20, events: [started, step(120, 20)] };
export const rolledBack: Deployment = {
  ...atTwenty,
  state: 'ROLLED_BACK',
  percentage: 0,
  completedAt: at(310),
  events: [
    ...atTwenty.events,
    { type: 'ROLLBACK_STARTED', triggeredBy: 'USER', description: 'Rollback started', at: at(301), actions: [] },
    { type: 'ROLLBACK_COMPLETED', triggeredBy: 'USER', description: 'Rollback completed', at: at(310), actions: [] },
  ],
};
const otherDeployment: Deployment = {
  ...running,
  ref: otherRef,
  environment: { id: 'env9999', name: 'staging' },
};

export const throttled: Failure = {
  reason: 'throttled',
  retryable: true,
  message: 'GetMetricData: Rate exceeded',
  code: 'ThrottlingException',
  status: 400,
  requestId: 'req-9',
};
export const denied: Failure = {
  reason: 'auth',
  retryable: false,
  message: 'StopDeployment: not authorized',
  code: 'AccessDeniedException',
  status: 403,
  requestId: 'req-8',
};

const point = (seconds: number, value: number, counted = true) => ({
  at: new Date(at(seconds)).toISOString(),
  value,
  settled: true,
  counted,
  breaching: value > 1,
});

const breach: JsonObject = {
  query: '100 * errors / requests',
  periodMs: 60_000,
  above: 1,
  below: null,
  breaching: '2 of 3',
  points: [point(-60, 0.1, false), point(0, 0.2, false), point(60, 0.3), point(120, 3.9), point(180, 4.2)],
  inputs: {
    errors: [{ at: new Date(at(180)).toISOString(), value: 42 }],
    requests: [{ at: new Date(at(180)).toISOString(), value: 1000 }],
  },
  exposure: 0.2,
};

export const answer: JsonObject = {
  ApplicationId: 'abc1234',
  EnvironmentId: 'env1234',
  ConfigurationProfileId: 'prof123',
  DeploymentNumber: 12,
  ConfigurationName: 'flags',
  ConfigurationVersion: '7',
  State: 'ROLLED_BACK',
  PercentageComplete: 0,
  StartedAt: new Date(at(0)).toISOString(),
  CompletedAt: new Date(at(310)).toISOString(),
  AppliedExtensions: [{ ExtensionId: 'ext1234', VersionNumber: 1, Parameters: { channel: 'deploys' } }],
  EventLog: [
    {
      EventType: 'ROLLBACK_COMPLETED',
      TriggeredBy: 'USER',
      Description: 'Rollback completed',
      OccurredAt: new Date(at(310)).toISOString(),
      ActionInvocations: [{ ActionName: 'tell', ErrorCode: '500', InvocationId: 'inv-1' }],
    },
    {
      EventType: 'DEPLOYMENT_STARTED',
      TriggeredBy: 'USER',
      Description: 'Deployment started',
      OccurredAt: new Date(at(0)).toISOString(),
    },
  ],
};

const healthy = (seconds: number): WatchdogEvent => ({
  kind: 'rule-judged',
  at: at(seconds),
  watch,
  rule: 'error-rate',
  verdict: { kind: 'healthy', because: '100 * errors / requests was 0.3 (none of 1 above 1)' },
});

/** One deployment from its discovery to its release, with a stop in the middle; the watch of another stays open. */
export const STORY: readonly WatchdogEvent[] = [
  { kind: 'daemon-started', at: at(0), version: '0.1.0', targets: ['prod-eu'], policies: ['checkout-prod'] },
  {
    kind: 'policy-loaded',
    at: at(0),
    file: 'config/watchdog.yaml',
    digest: 'sha256:4f2a',
    policies: ['checkout-prod'],
    reload: false,
  },
  {
    kind: 'deployment-discovered',
    at: at(5),
    watch,
    mode: 'enforce',
    snapshot: running,
    rules: ['error-rate', 'pager'],
  },
  {
    kind: 'deployment-discovered',
    at: at(6),
    watch: otherWatch,
    mode: 'observe',
    snapshot: otherDeployment,
    rules: ['error-rate'],
  },
  healthy(60),
  { kind: 'deployment-observed', at: at(121), watch, snapshot: atTwenty, news: [step(120, 20)] },
  {
    kind: 'rule-judged',
    at: at(180),
    watch,
    rule: 'pager',
    verdict: { kind: 'unknown', because: 'DescribeAlarms could not be asked', failure: throttled },
  },
  {
    kind: 'rule-judged',
    at: at(299),
    watch,
    rule: 'error-rate',
    verdict: { kind: 'breached', because: '100 * errors / requests was 4.2 (2 of 3 above 1)', evidence: breach },
  },
  {
    kind: 'stop-decided',
    at: at(300),
    watch,
    because: ['error-rate: 100 * errors / requests was 4.2 (2 of 3 above 1)'],
    evidenceAt: at(240),
  },
  {
    kind: 'stop-requested',
    at: at(300),
    deployment: ref,
    by: { kind: 'policy', policy: 'checkout-prod' },
    because: ['error-rate: 100 * errors / requests was 4.2 (2 of 3 above 1)'],
    allowRevert: false,
    resumes: false,
  },
  {
    kind: 'stop-attempt-failed',
    at: at(300.2),
    deployment: ref,
    attempt: 1,
    failure: { ...throttled, message: 'StopDeployment: Rate exceeded' },
    willRetry: true,
    retryIn: 350,
    allowRevert: false,
  },
  {
    kind: 'stop-answered',
    at: at(300.8),
    deployment: ref,
    attempt: 2,
    allowRevert: false,
    answer: { DeploymentNumber: 12, ApplicationId: 'abc1234' },
    requestId: 'req-1',
    duration: 180,
  },
  {
    kind: 'stop-settled',
    at: at(311),
    deployment: ref,
    by: { kind: 'policy', policy: 'checkout-prod' },
    because: ['error-rate: 100 * errors / requests was 4.2 (2 of 3 above 1)'],
    outcome: { kind: 'rolled-back', attempts: 2 },
    answer,
    snapshot: rolledBack,
    duration: 11_000,
    stopRequestId: 'req-1',
    requestId: 'req-2',
  },
  { kind: 'stop-concluded', at: at(311), watch, outcome: { kind: 'rolled-back', attempts: 2 } },
  {
    kind: 'rule-calibrated',
    at: at(320),
    target: ref.target,
    policy: 'checkout-prod',
    rule: 'error-rate',
    application: running.application,
    environment: running.environment,
    calibration: {
      kind: 'calibrated',
      etas: [0.64, 1],
      bound: 3.2,
      placebos: 600,
      falseStops: 4,
      met: true,
      at: at(320),
    },
  },
  {
    kind: 'rule-calibrated',
    at: at(321),
    target: ref.target,
    policy: 'checkout-prod',
    rule: 'error-rate',
    application: running.application,
    environment: running.environment,
    calibration: {
      ...{ kind: 'calibrated', etas: [0.64, 1], placebos: 600, falseStops: 4, met: true, at: at(321) },
      level: { low: 0.002, high: 0.0071 },
    },
    digest: '9f86d081',
    schedule: { growthType: 'LINEAR', growthFactor: 20, durationMinutes: 10, bakeMinutes: 10 },
    why: 'the metric took a step',
    duration: 812.4,
    insists: true,
    keepsFormer: true,
  },
  {
    kind: 'rule-calibrated',
    at: at(322),
    target: ref.target,
    policy: 'checkout-prod',
    rule: 'error-rate',
    application: running.application,
    environment: running.environment,
    calibration: {
      ...{ kind: 'calibrated', etas: [0, 0, 0.5], placebos: 600, falseStops: 4, met: true, at: at(322) },
      logNeeded: 3.4,
      form: { kind: 'rising', rise: 0.0768, learnt: { weights: [-0.2, 0.05], offset: 0.0001, scale2: 0.004 } },
    },
  },
  {
    kind: 'rule-calibrated',
    at: at(323),
    target: ref.target,
    policy: 'checkout-prod',
    rule: 'error-rate',
    application: running.application,
    environment: running.environment,
    calibration: {
      ...{ kind: 'calibrated', etas: [0.5, 0], placebos: 600, falseStops: 4, met: true, at: at(323) },
      logNeeded: 3.4,
      form: { kind: 'of-a-later-version' },
    },
  },
  {
    kind: 'recovery-judged',
    at: at(600),
    watch,
    recovery: 'recovered',
    because: ['error-rate: was 0.2 (none of 3 above 1)'],
  },
  {
    kind: 'watch-released',
    at: at(601),
    watch,
    because: 'rolled back and recovered',
    finalState: 'ROLLED_BACK',
    unjudged: [],
  },
];
