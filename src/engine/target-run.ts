/** Watches one target: discovers what runs there and looks at what is under watch, each on its own. */
import { discoverer, type Gap, type Missed } from '../appconfig/discover.ts';
import { type Deployment, type Named, refKey } from '../core/deployment.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import { couldMatchApplication, couldMatchEnvironment } from '../policy/match.ts';
import type { Config, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { Breaker } from './breaker.ts';
import { type ActivePolicy, type LookDeps, lookAt } from './look.ts';
import { runnableRules } from './rule.ts';
import { stopping } from './stopping.ts';
import type { Stops } from './stops.ts';
import { takingUp } from './take-up.ts';
import { toldOnce } from './told-once.ts';
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
  /** Since when targets cannot be reached, by name; outlives a reload, so that the end of it is told. */
  readonly unreachable: Map<string, Instant>;
  /** Newest deployment number seen by environment; outlives a reload as well. */
  readonly newestSeen: Map<string, number>;
  readonly record: (event: WatchdogEvent) => void;
}

export interface TargetState {
  readonly name: string;
  /** When discovery last succeeded as a whole. */
  readonly discoveredAt?: Instant;
  /** When a pass last ended that looked at all deployments under watch. */
  readonly lookedAt?: Instant;
  readonly unreachableSince?: Instant;
}

/** The first looks at what was newly taken under watch: discovery does not wait for their slowest rule. */
interface FirstLooks {
  readonly done: Promise<unknown>;
}

export interface TargetRun {
  /** Finds what runs and takes it under watch, with a first look at once. Never rejects. */
  discover(signal: AbortSignal): Promise<FirstLooks>;
  /**
   * Looks at everything under watch that is not being looked at already, and says since when the oldest look that it
   * found still under way has been; undefined when there was none. Never rejects.
   */
  look(signal: AbortSignal): Promise<Instant | undefined>;
  /** Goes on with a stop whose record has no end. */
  resume(watch: Watch): void;
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

/**
 * Looks at deployments one look at a time each: a look that is still under way is not overtaken, the others are.
 * Answers since when that one has been under way, at once; undefined when the look was made.
 */
function looking(options: TargetRunOptions, deps: LookDeps) {
  const busy = new Map<string, Instant>();
  return async (deployment: Deployment, signal: AbortSignal, isFresh = false): Promise<Instant | undefined> => {
    const key = refKey(deployment.ref);
    const since = busy.get(key);
    if (since !== undefined) return since;
    busy.set(key, options.clock.now());
    try {
      await lookAt(deployment, deps, signal, isFresh);
    } catch (error) {
      const { target, clock, record } = options;
      const failure = failureOf(error);
      if (!signal.aborted) record({ kind: 'cycle-failed', at: clock.now(), target: target.name, failure });
    } finally {
      busy.delete(key);
    }
    return undefined;
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

/** Tells gaps when they open, and forgets those that have closed. */
function gapTeller(onRead: (what: string, failure: Failure | undefined) => void) {
  let before: readonly Gap[] = [];
  return (gaps: readonly Gap[]) => {
    for (const { what } of before) if (!gaps.some((gap) => gap.what === what)) onRead(what, undefined);
    for (const { what, failure } of gaps) onRead(what, failure);
    before = gaps;
  };
}

export function targetRun(options: TargetRunOptions): TargetRun {
  const { target, config, access, clock, book, breaker, record } = options;
  const { name } = target;
  const { policies } = config;
  const active = new Map<string, ActivePolicy>(
    policies.map((policy) => [policy.name, { policy, rules: runnableRules(policy, access) }]),
  );
  const onRead = toldOnce((what, failure) =>
    record({ kind: 'discovery-incomplete', at: clock.now(), target: name, what, failure }),
  );
  const tellGaps = gapTeller(onRead);
  const tellMissed = ({ application, environment, number, state, startedAt }: Missed) =>
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
  const { takeUp, forget } = takingUp({ target, policies, access, clock, book, onRead, onMissed: tellMissed });
  const lookOnce = looking(options, {
    clock,
    book,
    port: access.port,
    policyOf: (policy) => active.get(policy),
    circuit: breaker,
    stop: (watch, { policy }, because) => {
      const resume = watch.stop?.outcome?.kind === 'failed';
      stop(watch, { because, allowRevert: policy.baking === 'stop', resume });
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
    newestSeen: options.newestSeen,
    wantsApplication: rememberedByNames((application) =>
      policies.some(({ match }) => couldMatchApplication(match, name, application)),
    ),
    wantsEnvironment: rememberedByNames((application, environment) =>
      policies.some(({ match }) => couldMatchEnvironment(match, name, application, environment)),
    ),
    isFollowed: (applicationId, environmentId) => book.isFollowed(name, applicationId, environmentId),
  });
  let discoveredAt: Instant | undefined;
  let lookedAt: Instant | undefined;
  return {
    async discover(signal) {
      const looks: Promise<unknown>[] = [];
      try {
        const { found, missed, gaps } = await find.pass(signal);
        if (signal.aborted) return { done: Promise.all(looks) };
        reach.reached();
        tellGaps(gaps);
        for (const one of missed) tellMissed(one);
        const taken = found.map(async (one) => {
          const deployment = await takeUp(one, signal);
          if (deployment !== undefined) looks.push(lookOnce(deployment, signal, true));
        });
        await Promise.all(taken);
        if (gaps.length === 0) discoveredAt = clock.now();
      } catch (error) {
        if (!signal.aborted) reach.missed(failureOf(error));
      }
      return { done: Promise.all(looks) };
    },
    async look(signal) {
      const looked = await Promise.all(book.deployments(name).map((deployment) => lookOnce(deployment, signal)));
      const since = looked.filter((left) => left !== undefined);
      if (since.length > 0) return Math.min(...since);
      if (!signal.aborted) lookedAt = clock.now();
      return undefined;
    },
    resume(watch) {
      const policy = active.get(watch.ref.policy)?.policy;
      const allowRevert = policy?.baking !== 'ignore';
      const onlyFollow = policy?.mode === 'observe';
      stop(watch, { because: watch.stop?.because ?? [], allowRevert, resume: true, onlyFollow });
    },
    state() {
      const unreachableSince = reach.since();
      return {
        name,
        ...(discoveredAt === undefined ? {} : { discoveredAt }),
        ...(lookedAt === undefined ? {} : { lookedAt }),
        ...(unreachableSince === undefined ? {} : { unreachableSince }),
      };
    },
  };
}
