/** The daemon as a handle: watches every target on schedule, takes a new policy file, resumes what a former life began. */
import type { AlertBoard, Delivery } from '../core/alert.ts';
import type { WatchdogEvent, WatchEvent } from '../core/event.ts';
import { sameTerms, termsOf } from '../core/terms.ts';
import type { Duration, Instant } from '../core/time.ts';
import { fold, type Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import { NO_TRACE, type Tracer } from '../lib/trace.ts';
import { matches } from '../policy/match.ts';
import type { Config, Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import { accessPool } from './access-pool.ts';
import { alertBook } from './alert-book.ts';
import { circuitBreaker } from './breaker.ts';
import { CALIBRATIONS_SINCE, calibrationBook } from './calibrations.ts';
import { generation, type PassReport } from './generation.ts';
import { guardBook } from './guard-book.ts';
import { type Hold, heldDeployments } from './holds.ts';
import { type Operator, operatorOf } from './operator.ts';
import { stopsUnderWay } from './stops.ts';
import type { TargetState } from './target-run.ts';
import { watchBook } from './watch-book.ts';

/** What the journal holds of a former life. */
export interface History {
  /** The events of each watch that was not released, oldest first. */
  readonly openWatches: readonly (readonly WatchEvent[])[];
  /** Of the kinds in {@link SHARED_KINDS}, and of {@link RECENT_KINDS}, as far back as is said there; oldest first. */
  readonly shared: readonly WatchdogEvent[];
}

/** What a new life takes up beside the watches: stops for the circuit breaker, alerts, what people hold, threads. */
export const SHARED_KINDS: readonly WatchdogEvent['kind'][] = [
  ...(['stop-requested', 'circuit-opened', 'circuit-closed'] as const),
  ...(['hook-heard', 'alert-received', 'deployment-held', 'hold-released', 'thread-opened'] as const),
];

/** What is of use for a while only, with how far back a new life looks for it: what was measured of rules. */
export const RECENT_KINDS = { kinds: ['rule-calibrated'], within: CALIBRATIONS_SINCE } as const;

export interface DaemonOptions {
  readonly config: Config;
  /** `alerts`: what came by hooks and queues, for the rules that listen to them. */
  readonly connect: (target: Target, alerts: AlertBoard) => TargetAccess;
  readonly clock: Clock;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
  /** Journal, log and metrics; must not throw. */
  readonly record: (event: WatchdogEvent) => void;
  readonly history: History;
  readonly version: string;
  readonly onPass?: (report: PassReport) => void;
  /** Default: nothing is traced. */
  readonly trace?: Tracer;
  /** Real milliseconds a stop under way is given at shutdown; default 25 s. */
  readonly grace?: Duration;
}

export interface DaemonState {
  readonly targets: readonly TargetState[];
  readonly watches: readonly Watch[];
  readonly stopsInFlight: number;
  readonly circuit: 'open' | 'closed';
  /** What people keep from being stopped. */
  readonly held: readonly Hold[];
  readonly config: Config;
}

export interface Daemon extends AsyncDisposable {
  state(): DaemonState;
  /** Both passes over every target, once, now; the schedule goes on beside it. */
  pass(): Promise<void>;
  /** Puts a new policy file in force; watches go on under the policies of the same name. */
  reload(config: Config): void;
  /** Takes up a history that could not be read at the start; not while it shuts down. */
  takeUp(history: History): void;
  /** What a person may tell it. */
  readonly operator: Operator;
  /**
   * Takes what a hook or a queue brought: new alerts are on record when this returns, and decided on right after.
   * True when anything was new.
   */
  deliver(hook: string, delivery: Delivery): boolean;
  /** AWS calls that have not been answered yet, and calibrations that are being reckoned. */
  inFlight(): number;
  /** Ends the schedules, lets stops under way finish within the grace, and closes everything. True when none was cut off. */
  stop(signal: string): Promise<boolean>;
}

/** Waits for real time: a grace at shutdown is the container's, which no clock of ours speeds up. */
function within(work: Promise<void>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void work.then(() => {
    clearTimeout(timer);
    resolve(true);
  });
  return promise;
}

/** Starts watching at once: takes up the history, resumes its stops, makes a first pass, then follows the schedule. */
export function startDaemon(options: DaemonOptions): Daemon {
  const { clock, record } = options;
  const holds = heldDeployments();
  const alerts = alertBook(record);
  const book = watchBook(record);
  const stops = stopsUnderWay();
  const breaker = circuitBreaker(options.config.limits, clock, record);
  const accesses = accessPool((target) => options.connect(target, alerts));
  const unreachable = new Map<string, Instant>();
  const guards = guardBook(clock, record);
  const newestOver = new Map<string, number>();
  const calibrations = calibrationBook({ clock, record });
  const make = (config: Config) =>
    generation({
      config,
      accessOf: accesses.of,
      clock,
      random: options.random,
      book,
      stops,
      breaker,
      holds,
      unreachable,
      guards,
      newestOver,
      calibrations,
      version: options.version,
      record,
      onPass: options.onPass ?? (() => {}),
      trace: options.trace ?? NO_TRACE,
    });
  const recordHold = (event: WatchdogEvent) => {
    record(event);
    holds.fold(event);
    holds.keepOnly(book.all().map(({ ref }) => ref.deployment));
  };
  let current = make(options.config);
  let stopping: Promise<boolean> | undefined;

  const policyOf = (watch: Watch) => current.config.policies.find(({ name }) => name === watch.ref.policy);

  /** A watch goes on under its policy as it is now: told when that changed, or when a new life begins. */
  function goOn(watch: Watch, policy: Policy, newLife: boolean): void {
    const rules = policy.rules.map((rule) => rule.name);
    const terms = termsOf(policy);
    const sameRules = rules.join() === Object.keys(watch.rules).join();
    const same = policy.mode === watch.mode && sameRules && watch.terms !== undefined && sameTerms(watch.terms, terms);
    if (same && !newLife) return;
    const { mode } = policy;
    const snapshot = watch.deployment;
    book.tell({ kind: 'deployment-discovered', at: clock.now(), watch: watch.ref, mode, snapshot, rules, terms });
  }

  /** Why a watch must not go on; undefined when it may. What is undone already is verified whoever it belongs to. */
  function overBecause(watch: Watch, policy: Policy | undefined): string | undefined {
    const { target } = watch.ref.deployment;
    if (current.runOf(target) === undefined) return 'its target was removed';
    if (policy === undefined) return 'its policy was removed';
    // Tags have to be asked for: who changes those of a match renames the policy.
    const wanted = matches({ ...policy.match, tags: {} }, { target, ...watch.deployment });
    return wanted || watch.phase !== 'watching' ? undefined : 'its policy does not match it any more';
  }

  /** Watches that must not go on are released; the others take over mode and rules of their policy. */
  function renew(watch: Watch, newLife: boolean): void {
    const policy = policyOf(watch);
    const because = overBecause(watch, policy);
    if (because !== undefined) {
      const finalState = watch.deployment.state;
      book.tell({ kind: 'watch-released', at: clock.now(), watch: watch.ref, because, finalState, unjudged: [] });
    } else if (policy !== undefined) {
      goOn(watch, policy, newLife);
    }
  }

  /** One that is being stopped is left to its stop, and renewed by the next look or when no stop is under way. */
  function renewAll(): void {
    for (const watch of book.all()) if (watch.phase !== 'stopping') renew(watch, false);
  }

  /**
   * Once no stop is under way: at a target that is gone nobody looks any more, so its watches are released here, and
   * what it was reached by is closed.
   */
  function leaveBehind(): void {
    if (stopping !== undefined) return;
    renewAll();
    accesses.keepOnly(current.config.targets);
  }

  /** Folds what a former life saw; a watch this life has itself is left alone, unless the former one began its stop. */
  function restore(events: readonly WatchEvent[]): Watch | undefined {
    const former = events.reduce<Watch | undefined>(fold, undefined);
    if (former === undefined) return undefined;
    const { deployment, policy } = former.ref;
    const known = book.get(deployment, policy);
    if (known !== undefined && (known.stop !== undefined || former.stop === undefined)) return undefined;
    for (const event of events) book.restore(event);
    const snapshot = known?.deployment;
    if (snapshot !== undefined) {
      book.note({ kind: 'deployment-observed', at: clock.now(), watch: former.ref, snapshot, news: [] });
    }
    return book.get(deployment, policy);
  }

  function takeUpHistory({ openWatches, shared }: History): void {
    for (const event of shared) {
      breaker.restore(event);
      calibrations.restore(event);
      alerts.restore(event);
      holds.fold(event);
    }
    for (const watch of openWatches.flatMap((events) => restore(events) ?? [])) {
      const run = current.runOf(watch.ref.deployment.target);
      const policy = policyOf(watch);
      // A stop that was begun is brought to its end, whatever has become of its policy.
      if (watch.phase !== 'stopping' || run === undefined || policy !== undefined) renew(watch, true);
      if (watch.phase === 'stopping') run?.resume(watch);
    }
    holds.keepOnly(book.all().map(({ ref }) => ref.deployment));
  }

  async function shutDown(signal: string): Promise<boolean> {
    record({ kind: 'daemon-stopping', at: clock.now(), signal, stopsInFlight: stops.count() });
    current.stop();
    const clean = await within(stops.idle(), options.grace ?? 25_000);
    if (!clean) {
      stops.abort();
      await stops.idle();
    }
    await calibrations.close();
    for (const access of accesses.all()) access.close();
    record({ kind: 'daemon-stopped', at: clock.now(), clean });
    return clean;
  }

  const { config, version } = options;
  record({
    kind: 'daemon-started',
    at: clock.now(),
    version,
    targets: config.targets.map((target) => target.name),
    policies: config.policies.map((policy) => policy.name),
  });
  takeUpHistory(options.history);
  void current.pass();
  current.start();

  const daemon: Daemon = {
    state: () => ({
      targets: current.runs().map((run) => run.state()),
      watches: book.all(),
      stopsInFlight: stops.count(),
      circuit: breaker.state(),
      held: holds.all(),
      config: current.config,
    }),
    pass: () => current.pass(),
    reload(next) {
      // What comes while it shuts down would start schedules that nobody ends.
      if (stopping !== undefined) return;
      const former = current;
      current = make(next);
      breaker.setLimits(next.limits);
      for (const name of unreachable.keys()) if (current.runOf(name) === undefined) unreachable.delete(name);
      guards.keep((name) => current.runOf(name) !== undefined);
      former.stop();
      renewAll();
      void stops.idle().then(leaveBehind);
      void current.pass();
      current.start();
    },
    takeUp(history) {
      if (stopping === undefined) takeUpHistory(history);
    },
    operator: operatorOf({ book, breaker, holds, record: recordHold, clock, runOf: (target) => current.runOf(target) }),
    deliver(hook, delivery) {
      const news = alerts.take(hook, delivery.alerts, clock.now());
      if (news.length > 0) void current.hear(hook, news);
      for (const hint of delivery.deployments) void current.lookFor(hint);
      return news.length > 0;
    },
    inFlight: () => accesses.all().reduce((sum, access) => sum + access.inFlight(), calibrations.running()),
    stop(signal) {
      stopping ??= shutDown(signal);
      return stopping;
    },
    async [Symbol.asyncDispose]() {
      await daemon.stop('dispose');
    },
  };
  return daemon;
}
