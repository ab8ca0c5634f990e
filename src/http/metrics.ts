/** The daemon's own metrics for Prometheus, fed by its events and by reports of its calls and passes. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Calibration, doubtOf } from '../core/calibration.ts';
import { refKey } from '../core/deployment.ts';
import type { WatchdogEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import { falseStops } from './false-stops.ts';
import { type RuleAge, type WatchGauges, watchGauges } from './watch-gauges.ts';

/** One AWS call; `duration` in milliseconds. */
interface CallFacts {
  readonly operation: string;
  readonly target: string;
  readonly duration: number;
  readonly failure?: Failure;
}

/** One pass over a target; `duration` in milliseconds. */
interface PassFacts {
  readonly target: string;
  readonly pass: string;
  readonly duration: number;
}

interface RequestFacts {
  readonly source: string;
  readonly target: string;
  /** Real milliseconds. */
  readonly duration: number;
  readonly failure?: Failure;
}

export interface WatchdogMetrics {
  readonly registry: Registry;
  onEvent(event: WatchdogEvent): void;
  /** What a former life found out and is true still; nothing of it is counted. */
  onHistory(events: readonly WatchdogEvent[]): void;
  onCall(call: CallFacts): void;
  /** A request to a source that is asked over plain HTTP. */
  onRequest(request: RequestFacts): void;
  onPass(pass: PassFacts): void;
  /** One notice in one channel: `sent`, `failed`, or `left-out` of too many. */
  onNotification(notification: { readonly notifier: string; readonly outcome: string }): void;
  /** Channels there are, so that their first failure is an increase. */
  onNotifiers(names: readonly string[]): void;
  /** Metric queries that were sent, and those that were answered from what was already held or shared. */
  onQueries(queries: { readonly asked: number; readonly saved: number }): void;
  /** A message that came in; `hook` is undefined where there is none of the name that was asked for. */
  onHook(message: { readonly hook: string | undefined; readonly outcome: string }): void;
  onQueue(message: { readonly queue: string; readonly outcome: string }): void;
  /** A try to deliver a heartbeat failed. */
  onHeartbeatFailure(to: 'url' | 'cloudwatch'): void;
}

export interface MetricsOptions {
  readonly version: string;
  readonly now: () => Instant;
  /** Lines of the log that were lost so far. */
  readonly logLinesLost?: () => number;
  /** Also Node's own (memory, event loop, garbage collection); default true. */
  readonly process?: boolean;
}

const PREFIX = 'appconfig_watchdog_';
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
const PASS_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120];
const CALIBRATION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];
const STOP_BUCKETS = [0.1, 0.25, 0.5, 1, 5, 10, 15, 30, 60, 90, 120, 180, 300, 600];

function instruments(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: PREFIX + name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: PREFIX + name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[],
  ) => new Histogram({ name: PREFIX + name, help, buckets, labelNames, registers });
  return {
    build: gauge('build_info', 'Always 1; the version is the label.', ['version']),
    cycles: counter('cycles_total', 'Passes over a target.', ['target', 'pass']),
    cycleSeconds: histogram('cycle_duration_seconds', 'Length of a pass over a target.', PASS_BUCKETS, [
      'target',
      'pass',
    ]),
    cycleProblems: counter('cycle_problems_total', 'Passes that failed as a whole or overran the schedule.', [
      'target',
      'problem',
    ]),
    calls: counter('aws_calls_total', 'AWS calls; outcome is ok or the reason of the failure.', [
      'operation',
      'target',
      'outcome',
    ]),
    callSeconds: histogram(
      'aws_call_duration_seconds',
      'Length of an AWS call, retries of the SDK included.',
      CALL_BUCKETS,
      ['operation'],
    ),
    requests: counter(
      'source_requests_total',
      'Requests to sources other than CloudWatch; outcome is ok (any answer) or why there was none.',
      ['source', 'target', 'outcome'],
    ),
    requestSeconds: histogram(
      'source_request_duration_seconds',
      'Length of a request to a source other than CloudWatch.',
      CALL_BUCKETS,
      ['source'],
    ),
    asked: counter('metric_queries_asked_total', 'Metrics asked of a metric store (what CloudWatch bills).'),
    saved: counter('metric_queries_saved_total', 'Metrics not asked, because they were held or shared.'),
    verdicts: counter('verdicts_total', 'Verdicts by rule.', ['policy', 'rule', 'kind']),
    decisions: counter('decisions_total', 'Decisions that ended the watching: stop, withheld or release.', ['kind']),
    stops: counter('stops_total', 'Ended stops: rolled-back, reverted, already-over or failed.', ['outcome']),
    attempts: counter('stop_attempts_failed_total', 'StopDeployment calls that failed, by reason.', ['reason']),
    stopSeconds: histogram(
      'evidence_to_stop_seconds',
      'From the evidence that decided to the accepted stop.',
      STOP_BUCKETS,
      [],
    ),
    inFlight: gauge('stops_in_flight', 'Deployments whose stop was requested and has no end yet.'),
    unreachable: gauge('target_unreachable', '1 while a target cannot be asked for its deployments.', ['target']),
    unguarded: gauge(
      'unguarded',
      'Applications, environments and deployments of a target that could not be asked for minutes.',
      ['target'],
    ),
    circuit: gauge('circuit_open', '1 while the circuit breaker holds all stops.'),
    notifications: counter('notifications_total', 'Notices by channel: sent, failed, or left-out of too many.', [
      'notifier',
      'outcome',
    ]),
    policyRejected: counter('policy_rejected_total', 'Changed policy files that were refused.'),
    journalFailing: gauge('journal_failing', '1 while the journal cannot be written.'),
    hookMessages: counter('hook_messages_total', 'Messages that came in by POST /hooks/NAME.', ['hook', 'outcome']),
    queueMessages: counter('queue_messages_total', 'Messages fetched from queues: taken, refused or set-aside.', [
      'queue',
      'outcome',
    ]),
    journalLost: counter('journal_lost_total', 'Journal records that were lost for good.'),
    calibrations: counter(
      'calibrations_total',
      'Calibrations of rules on placebos: may-stop, advises (too many false stops), uncalibrated, or failed (the former one goes on).',
      ['outcome'],
    ),
    calibrationSeconds: histogram(
      'calibration_duration_seconds',
      'How long a calibration was reckoned, in a thread of its own.',
      CALIBRATION_BUCKETS,
      [],
    ),
    heartbeatFailures: counter('heartbeat_failures_total', 'Tries to deliver a heartbeat that failed.', ['to']),
  };
}
type Instruments = ReturnType<typeof instruments>;

/** Follows each stop from its evidence to its answer and its end. */
function stopClock(meters: Instruments): (event: WatchdogEvent) => void {
  const evidence = new Map<string, Instant>();
  const underWay = new Set<string>();
  return (event) => {
    if (event.kind === 'stop-decided') {
      const key = refKey(event.watch.deployment);
      evidence.set(key, Math.min(event.evidenceAt, evidence.get(key) ?? event.evidenceAt));
    }
    if (event.kind === 'watch-released') evidence.delete(refKey(event.watch.deployment));
    if (!('deployment' in event)) return;
    const key = refKey(event.deployment);
    const since = evidence.get(key);
    if (event.kind === 'stop-answered' && since !== undefined) {
      meters.stopSeconds.observe(Math.max(0, event.at - since) / 1_000);
      evidence.delete(key);
    }
    if (event.kind === 'stop-requested') underWay.add(key);
    if (event.kind === 'stop-settled' || event.kind === 'stop-failed') underWay.delete(key);
    meters.inFlight.set(underWay.size);
  };
}

function outcomeOf(calibration: Calibration, keepsFormer = false): string {
  if (keepsFormer) return 'failed';
  if (calibration.kind === 'uncalibrated') return 'uncalibrated';
  return doubtOf(calibration) === undefined ? 'may-stop' : 'advises';
}

/** Counts what an event says by itself. */
function count(meters: Instruments, event: WatchdogEvent) {
  switch (event.kind) {
    case 'rule-judged':
      return meters.verdicts.inc({ policy: event.watch.policy, rule: event.rule, kind: event.verdict.kind });
    case 'stop-decided':
      return meters.decisions.inc({ kind: 'stop' });
    case 'stop-withheld':
      return meters.decisions.inc({ kind: 'withheld' });
    case 'watch-released':
      return meters.decisions.inc({ kind: 'release' });
    case 'stop-attempt-failed':
      return meters.attempts.inc({ reason: event.failure.reason });
    case 'stop-settled':
      return meters.stops.inc({ outcome: event.outcome.kind });
    case 'stop-failed':
      return meters.stops.inc({ outcome: 'failed' });
    case 'cycle-failed':
      return meters.cycleProblems.inc({ target: event.target, problem: 'failed' });
    case 'cycle-overran':
      return meters.cycleProblems.inc({ target: event.target, problem: 'overran' });
    case 'target-unreachable':
      return meters.unreachable.set({ target: event.target }, 1);
    case 'target-reachable':
      return meters.unreachable.set({ target: event.target }, 0);
    case 'unguarded':
      return meters.unguarded.inc({ target: event.target });
    case 'guarded-again':
      return meters.unguarded.set({ target: event.target }, event.left);
    case 'circuit-opened':
      return meters.circuit.set(1);
    case 'circuit-closed':
      return meters.circuit.set(0);
    case 'rule-calibrated':
      if (event.duration !== undefined && event.duration > 0) meters.calibrationSeconds.observe(event.duration / 1_000);
      return meters.calibrations.inc({ outcome: outcomeOf(event.calibration, event.keepsFormer) });
    case 'policy-rejected':
      return meters.policyRejected.inc();
    case 'journal-failed':
      return meters.journalFailing.set(1);
    case 'journal-recovered':
      meters.journalFailing.set(0);
      return meters.journalLost.inc(event.lost);
  }
}

/** The gauges that are computed when somebody asks. */
function addComputed(registry: Registry, gauges: WatchGauges, now: () => Instant): void {
  const byRule = (name: string, help: string, ages: (now: Instant) => readonly RuleAge[]) =>
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: ['policy', 'rule'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { policy, rule, seconds } of ages(now())) this.set({ policy, rule }, seconds);
      },
    });
  byRule(
    'data_age_seconds',
    'Age of the newest datapoint a rule was judged by; the oldest of its watches.',
    gauges.dataAges,
  );
  byRule('rule_unknown_seconds', 'How long a rule could not be asked; absent while it can.', gauges.unknownTimes);
  new Gauge({
    name: `${PREFIX}watches`,
    help: 'Deployments under watch, by policy.',
    labelNames: ['policy'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [policy, watches] of gauges.counts()) this.set({ policy }, watches);
    },
  });
}

/** Labels are names from the policy file and fixed words, so that their number is bounded by the file. */
export function watchdogMetrics(options: MetricsOptions): WatchdogMetrics {
  const registry = new Registry();
  const meters = instruments(registry);
  const gauges = watchGauges();
  const follow = stopClock(meters);
  if (options.process ?? true) collectDefaultMetrics({ register: registry });
  meters.build.set({ version: options.version }, 1);
  addComputed(registry, gauges, options.now);
  const stopped = falseStops();
  new Gauge({
    name: `${PREFIX}rule_false_stop_ratio`,
    help: 'Share (0..1) of its placebo deployments that a rule would have stopped, the largest of its environments and schedules; absent while it is not calibrated.',
    labelNames: ['policy', 'rule'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { policy, rule, share } of stopped.largest(options.now())) this.set({ policy, rule }, share);
    },
  });
  new Gauge({
    name: `${PREFIX}log_lines_lost`,
    help: 'Lines of the log that were dropped since the start, because stdout was read too slowly or failed.',
    registers: [registry],
    collect() {
      this.set(options.logLinesLost?.() ?? 0);
    },
  });
  return {
    registry,
    onEvent(event) {
      count(meters, event);
      follow(event);
      gauges.onEvent(event);
      stopped.onEvent(event);
    },
    onHistory(events) {
      for (const event of events) stopped.onEvent(event);
    },
    onCall({ operation, target, duration, failure }) {
      meters.calls.inc({ operation, target, outcome: failure?.reason ?? 'ok' });
      meters.callSeconds.observe({ operation }, duration / 1_000);
    },
    onRequest({ source, target, duration, failure }) {
      meters.requests.inc({ source, target, outcome: failure?.reason ?? 'ok' });
      meters.requestSeconds.observe({ source }, duration / 1_000);
    },
    onPass({ target, pass, duration }) {
      meters.cycles.inc({ target, pass });
      meters.cycleSeconds.observe({ target, pass }, duration / 1_000);
    },
    onNotifiers(names) {
      for (const notifier of names) {
        for (const outcome of ['sent', 'failed', 'left-out']) meters.notifications.inc({ notifier, outcome }, 0);
      }
    },
    onNotification: (labels) => meters.notifications.inc({ ...labels }),
    onQueries({ asked, saved }) {
      meters.asked.inc(asked);
      meters.saved.inc(saved);
    },
    onHook({ hook, outcome }) {
      // Names come from the policy file, where none begins with a parenthesis: what strangers ask for is no label.
      meters.hookMessages.inc({ hook: hook ?? '(unknown)', outcome });
    },
    onQueue({ queue, outcome }) {
      meters.queueMessages.inc({ queue, outcome });
    },
    onHeartbeatFailure: (to) => meters.heartbeatFailures.inc({ to }),
  };
}
