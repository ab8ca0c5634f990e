/** Watches one target: discovers what runs there and looks at what is under watch, each on its own. */
import { discoverer, type Ended, type Gap, type OnSeen } from '../appconfig/discover.ts';
import type { DeploymentHint, StandingAlert } from '../core/alert.ts';
import type { Deployment, Named } from '../core/deployment.ts';
import type { StopActor, WatchdogEvent } from '../core/event.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import { gate } from '../lib/gate.ts';
import type { Tracer } from '../lib/trace.ts';
import { couldMatchApplication, couldMatchEnvironment } from '../policy/match.ts';
import type { Config, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { Breaker } from './breaker.ts';
import { calibrating } from './calibrating.ts';
import type { CalibrationBook } from './calibrations.ts';
import type { ActivePolicy } from './deciding.ts';
import { type FirstLooks, type Takers, takeAsSeen } from './first-looks.ts';
import type { GuardBook, Unguarded } from './guard-book.ts';
import { rulePatience } from './guarded.ts';
import type { Holds } from './holds.ts';
import { looking } from './looking.ts';
import { runnableRules } from './rule.ts';
import { seeking } from './seeking.ts';
import { stopping } from './stopping.ts';
import type { Stops } from './stops.ts';
import { takingUp } from './take-up.ts';
import { toldOnce } from './told-once.ts';
import { tracedRules } from './tracing.ts';
import type { WatchBook } from './watch-book.ts';

export interface TargetRunOptions {
  readonly target: Target;
  readonly config: Config;
  readonly access: TargetAccess;
  readonly clock: Clock;
  readonly random: () => number;
  readonly book: WatchBook;
  readonly stops: Stops;
  readonly breaker: Breaker;
  readonly holds: Holds;
  /** Since when targets cannot be reached, by name; outlives a reload, so that the end of it is told. */
  readonly unreachable: Map<string, Instant>;
  /** What cannot be found or taken up; outlives a reload as well. */
  readonly guards: GuardBook;
  /** Newest deployment number listed as over, by environment; outlives a reload as well. */
  readonly newestOver: Map<string, number>;
  /** Outlives a reload as well: it took its time. */
  readonly calibrations: CalibrationBook;
  /** Of this program. */
  readonly version: string;
  readonly record: (event: WatchdogEvent) => void;
  readonly trace: Tracer;
}

export interface TargetState {
  readonly name: string;
  /** When discovery last succeeded as a whole. */
  readonly discoveredAt?: Instant;
  /** When a pass last ended that looked at all deployments under watch. */
  readonly lookedAt?: Instant;
  readonly unreachableSince?: Instant;
  /** Parts of it that could not be asked for minutes; absent without any. */
  readonly unguarded?: readonly Unguarded[];
}

export interface TargetRun {
  /** Finds what runs and takes it under watch, with a first look at once. Never rejects. */
  discover(signal: AbortSignal): Promise<FirstLooks>;
  /**
   * Looks at everything under watch that is not being looked at already, and says since when the oldest look that it
   * found still under way has been; undefined when there was none. Never rejects.
   */
  look(signal: AbortSignal): Promise<Instant | undefined>;
  /** New alerts came by a hook: every deployment whose policy listens to it is judged and decided on at once. Never rejects. */
  hear(hook: string, signal: AbortSignal): Promise<void>;
  /** Deployments that the alerts may count for, and that no pass has seen yet, are looked for now. Never rejects. */
  seek(hook: string, news: readonly StandingAlert[], signal: AbortSignal): Promise<void>;
  /** Somebody said that a deployment began or went on: it is looked for, or at, now. Never rejects. */
  lookFor(hint: DeploymentHint, signal: AbortSignal): Promise<void>;
  /** Goes on with a stop whose record has no end. */
  resume(watch: Watch): void;
  /** A person stops what is under watch, whatever its policy says. */
  stopFor(watch: Watch, by: StopActor, because: readonly string[]): void;
  state(): TargetState;
}

/** Tells when a target can no longer be reached, and when it can again. */
function reachability({ target: { name }, clock, record, unreachable }: TargetRunOptions) {
  return {
    since: () => unreachable.get(name),
    reached() {
      const since = unreachable.get(name);
      if (since === undefined) return;
      unreachable.delete(name);
      const at = clock.now();
      record({ kind: 'target-reachable', at, target: name, unreachableFor: at - since });
    },
    missed(failure: Failure) {
      if (unreachable.has(name)) return;
      const at = clock.now();
      unreachable.set(name, at);
      record({ kind: 'target-unreachable', at, target: name, failure });
    },
  };
}

type Wants<Names extends readonly Named[]> = (...names: Names) => boolean;

/** More than an account has by its quotas; names that come and go must not fill memory. */
const MOST_REMEMBERED = 20_000;

/** Thousands of policies times thousands of environments are too many matches for every pass: each is made once. */
function rememberedByNames<Names extends readonly Named[]>(wants: Wants<Names>): Wants<Names> {
  const known = new Map<string, boolean>();
  return (...names) => {
    const key = JSON.stringify(names.map(({ id, name }) => [id, name]));
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const answer = wants(...names);
    known.set(key, answer);
    return answer;
  };
}

/** More than are on the wire at once (src/aws/caller.ts), so that there is always a next one. */
const READS_AT_ONCE = 64;

export function targetRun(options: TargetRunOptions): TargetRun {
  const { target, config, access, clock, book, breaker, record, trace } = options;
  const { name } = target;
  const { policies } = config;
  const patience = rulePatience();
  const active = new Map<string, ActivePolicy>(
    policies.map((policy) => {
      const calibrationOf = calibrating(target, policy, access, options.calibrations, options.version);
      const rules = tracedRules(runnableRules(policy, access, patience, calibrationOf), policy, trace);
      return [policy.name, { policy, rules }];
    }),
  );
  const onRead = toldOnce((what, failure) =>
    record({ kind: 'discovery-incomplete', at: clock.now(), target: name, what, failure }),
  );
  const guard = options.guards.of(name);
  const onMissed = ({ ref: { number }, application, environment, state, startedAt }: Ended) =>
    record({
      kind: 'deployment-missed',
      at: clock.now(),
      target: name,
      application,
      environment,
      number,
      state,
      ...(startedAt === undefined ? {} : { startedAt }),
    });
  const reach = reachability(options);
  const stop = stopping({ ...options, port: access.port, limits: config.stop });
  const hooks = new Set([...active.values()].flatMap(({ rules }) => rules.flatMap((rule) => rule.hook ?? [])));
  const { takeUp, settle, forget } = takingUp({
    ...{ target, policies, access, clock, book, onRead, onMissed },
    onGuarded: guard.onRead,
  });
  const { look: lookOnce, hear: hearOnce } = looking(options, {
    clock,
    book,
    port: access.port,
    reads: gate(READS_AT_ONCE),
    policyOf: (policy) => active.get(policy),
    circuit: breaker,
    isHeld: (ref) => options.holds.of(ref) !== undefined,
    stop: (watch, { policy }, because) => {
      const resume = watch.stop?.outcome?.kind === 'failed';
      const by = watch.stop?.by;
      const allowRevert = policy.baking === 'stop' || by?.kind === 'operator';
      stop(watch, { because, allowRevert, resume, ...(by === undefined ? {} : { by }) });
    },
    onRead,
    onVanished: forget,
  });
  const find = discoverer({
    target: name,
    region: target.region,
    port: access.port,
    clock,
    sweep: config.discovery.sweep,
    applicationsEvery: config.discovery.applicationsEvery,
    newestOver: options.newestOver,
    onAnswered: (part) => guard.onRead(part, undefined),
    wantsApplication: rememberedByNames((application) =>
      policies.some(({ match }) => couldMatchApplication(match, name, application)),
    ),
    wantsEnvironment: rememberedByNames((application, environment) =>
      policies.some(({ match }) => couldMatchEnvironment(match, name, application, environment)),
    ),
    isFollowed: (applicationId, environmentId) => book.isFollowed(name, applicationId, environmentId),
  });
  const takers: Takers = {
    takeUp,
    settle,
    look: (deployment, signal) => lookOnce(deployment, signal, true),
  };
  const { at: seekAt, forAlerts } = seeking({ ...takers, target, policies: [...active.values()], find, clock });
  let discoveredAt: Instant | undefined;
  let lookedAt: Instant | undefined;
  return {
    async discover(signal) {
      let gaps: readonly Gap[] = [];
      const search = async (onSeen: OnSeen) => {
        gaps = await find.pass(signal, onSeen);
      };
      try {
        const looks = await takeAsSeen(search, takers, signal);
        if (signal.aborted) return looks;
        reach.reached();
        for (const gap of gaps) guard.onRead(gap, gap.failure);
        guard.passed(config.discovery.sweep);
        if (gaps.length === 0) discoveredAt = clock.now();
        return looks;
      } catch (error) {
        if (!signal.aborted) reach.missed(failureOf(error));
        return { done: Promise.resolve() };
      }
    },
    async look(signal) {
      const looked = await Promise.all(book.deployments(name).map((deployment) => lookOnce(deployment, signal)));
      const since = looked.filter((left) => left !== undefined);
      if (since.length > 0) return Math.min(...since);
      if (!signal.aborted) lookedAt = clock.now();
      return undefined;
    },
    async hear(hook, signal) {
      if (!hooks.has(hook)) return;
      await Promise.all(book.deployments(name).map((deployment) => hearOnce(deployment, hook, signal)));
    },
    seek: forAlerts,
    async lookFor(hint, signal) {
      const { applicationId, environmentId } = hint;
      const isThere = ({ ref }: Deployment) =>
        ref.applicationId === applicationId && ref.environmentId === environmentId;
      const known = book.deployments(name).filter(isThere);
      const isNews =
        known.length === 0 || (hint.number !== undefined && !known.some(({ ref }) => ref.number === hint.number));
      const looks: Promise<unknown>[] = known.map((deployment) => lookOnce(deployment, signal));
      if (isNews) looks.push(seekAt(applicationId, environmentId, signal));
      await Promise.all(looks);
    },
    resume(watch) {
      const policy = active.get(watch.ref.policy)?.policy;
      const by = watch.stop?.by;
      const isAsked = by?.kind === 'operator';
      const allowRevert = policy?.baking !== 'ignore' || isAsked;
      const onlyFollow = policy?.mode === 'observe' && !isAsked;
      const because = watch.stop?.because ?? [];
      stop(watch, { because, allowRevert, resume: true, onlyFollow, ...(by === undefined ? {} : { by }) });
    },
    stopFor(watch, by, because) {
      const at = clock.now();
      const resume = watch.stop?.outcome?.kind === 'failed';
      book.tell({ kind: 'stop-decided', at, watch: watch.ref, because, evidenceAt: at, by });
      stop(watch, { because, allowRevert: true, resume, by });
    },
    state() {
      const unreachableSince = reach.since();
      const unguarded = guard.unguarded();
      return {
        name,
        ...(discoveredAt === undefined ? {} : { discoveredAt }),
        ...(lookedAt === undefined ? {} : { lookedAt }),
        ...(unreachableSince === undefined ? {} : { unreachableSince }),
        ...(unguarded.length === 0 ? {} : { unguarded }),
      };
    },
  };
}
