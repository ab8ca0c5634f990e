/** Watches one target: discovers what runs there and looks at what is under watch, each on its own. */
import { type Discoverer, discoverer, type Found } from '../appconfig/discover.ts';
import { type StopDeps, stopDeployment } from '../appconfig/stop.ts';
import { type Deployment, refKey } from '../core/deployment.ts';
import type { StopOutcome, WatchdogEvent } from '../core/event.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import { couldMatchApplication, couldMatchEnvironment, matches, needsTags } from '../policy/match.ts';
import type { Config, Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { Breaker } from './breaker.ts';
import { type ActivePolicy, type LookDeps, lookAt, observe } from './look.ts';
import { runnableRules } from './rule.ts';
import type { Stops } from './stops.ts';
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
  readonly record: (event: WatchdogEvent) => void;
}

export interface TargetState {
  readonly name: string;
  /** When discovery last succeeded as a whole. */
  readonly discoveredAt?: Instant;
  /** When all deployments under watch were last looked at. */
  readonly lookedAt?: Instant;
  readonly unreachableSince?: Instant;
}

export interface TargetRun {
  /** Finds what runs and takes it under watch, with a first look at once. Never rejects. */
  discover(signal: AbortSignal): Promise<void>;
  /** Looks at everything under watch. Never rejects. */
  look(signal: AbortSignal): Promise<void>;
  /** Goes on with a stop whose record has no end. */
  resume(watch: Watch): void;
  state(): TargetState;
}

/** Failures told once when they begin, and forgotten when they end. */
function toldOnce(tell: (what: string, failure: Failure) => void) {
  const told = new Set<string>();
  return (what: string, failure: Failure | undefined) => {
    if (failure === undefined) return void told.delete(what);
    if (!told.has(what)) tell(what, failure);
    told.add(what);
  };
}

export function targetRun(options: TargetRunOptions): TargetRun {
  const { target, config, access, clock, book, stops, breaker, record } = options;
  const active = new Map<string, ActivePolicy>(
    config.policies.map((policy) => [policy.name, { policy, rules: runnableRules(policy, access) }]),
  );
  const policies = config.policies;
  /** Deployments that run and that no policy wants. */
  const unwanted = new Set<string>();
  const busy = new Set<string>();
  let discoveredAt: Instant | undefined;
  let lookedAt: Instant | undefined;
  let unreachableSince: Instant | undefined;

  const onRead = toldOnce((what, failure) =>
    record({ kind: 'discovery-incomplete', at: clock.now(), target: target.name, what, failure }),
  );

  const find: Discoverer = discoverer({
    target: target.name,
    region: target.region,
    port: access.port,
    clock,
    sweep: config.discovery.sweep,
    applicationsEvery: config.discovery.applicationsEvery,
    wantsApplication: (application) =>
      policies.some((policy) => couldMatchApplication(policy.match, target.name, application)),
    wantsEnvironment: (application, environment) =>
      policies.some((policy) => couldMatchEnvironment(policy.match, target.name, application, environment)),
  });

  const stopDeps: StopDeps = {
    port: access.port,
    clock,
    random: options.random,
    limits: config.stop,
    record(event) {
      record(event);
      if (event.kind === 'stop-settled') observe(book, event.snapshot, event.at);
    },
  };

  function conclude(watch: Watch, outcome: StopOutcome): void {
    book.tell({ kind: 'stop-concluded', at: clock.now(), watch: watch.ref, outcome });
  }

  function stop(watch: Watch, allowRevert: boolean, because: readonly string[], resume: boolean): void {
    const by = { kind: 'policy' as const, policy: watch.ref.policy };
    const request = { deployment: watch.deployment, by, because, allowRevert, resume };
    stops
      .request(watch.deployment, (signal) => stopDeployment(request, stopDeps, signal))
      .then((outcome) => conclude(watch, outcome))
      // Aborted by shutdown: the record has no end, and the next life resumes it.
      .catch((error) => onStopBroken(watch, failureOf(error)));
  }

  function onStopBroken(watch: Watch, failure: Failure): void {
    if (failure.reason !== 'internal') return;
    record({ kind: 'cycle-failed', at: clock.now(), target: watch.ref.deployment.target, failure });
  }

  const lookDeps: LookDeps = {
    clock,
    book,
    port: access.port,
    policyOf: (name) => active.get(name),
    circuit: { state: () => breaker.state(), admit: (deployment) => breaker.admit(deployment) },
    stop: (watch, { policy }, because) =>
      stop(watch, policy.baking === 'stop', because, watch.stop?.outcome?.kind === 'failed'),
    onRead,
  };

  async function lookOnce(deployment: Deployment, signal: AbortSignal): Promise<void> {
    const key = refKey(deployment.ref);
    // A look that is still under way (a slow rule) is not overtaken; the other deployments are.
    if (busy.has(key)) return;
    busy.add(key);
    try {
      await lookAt(deployment, lookDeps, signal);
    } catch (error) {
      if (!signal.aborted)
        record({ kind: 'cycle-failed', at: clock.now(), target: target.name, failure: failureOf(error) });
    } finally {
      busy.delete(key);
    }
  }

  async function wantedBy(found: Found, signal: AbortSignal) {
    const { deployment } = await access.port.getDeployment(found.ref, found, signal);
    const account = target.account ?? (await access.account(signal));
    const known: Deployment = account === undefined ? deployment : { ...deployment, account };
    const facts = { target: target.name, ...known };
    const candidates = policies.filter((policy) => matches({ ...policy.match, tags: {} }, facts));
    if (!candidates.some((policy) => needsTags(policy.match))) return { known, wanted: candidates };
    if (account === undefined) throw tagsNeedAccount(target);
    const tags = await access.port.tagsOf(found.ref, account, signal);
    return { known, wanted: candidates.filter((policy) => matches(policy.match, { ...facts, tags })) };
  }

  function take(deployment: Deployment, wanted: readonly Policy[]): void {
    for (const policy of wanted) {
      const watch = { deployment: deployment.ref, policy: policy.name };
      const rules = policy.rules.map((rule) => rule.name);
      const { mode } = policy;
      book.tell({ kind: 'deployment-discovered', at: clock.now(), watch, mode, snapshot: deployment, rules });
    }
  }

  async function takeUp(found: Found, signal: AbortSignal): Promise<void> {
    const key = refKey(found.ref);
    if (book.has(found.ref) || unwanted.has(key)) return;
    const what = `deployment ${found.application.name}/${found.environment.name}/${found.ref.number}`;
    try {
      const { known, wanted } = await wantedBy(found, signal);
      onRead(what, undefined);
      if (wanted.length === 0) return void unwanted.add(key);
      take(known, wanted);
      await lookOnce(known, signal);
    } catch (error) {
      if (!signal.aborted) onRead(what, failureOf(error));
    }
  }

  function reached(): void {
    const at = clock.now();
    if (unreachableSince === undefined) return;
    record({ kind: 'target-reachable', at, target: target.name, unreachableFor: at - unreachableSince });
    unreachableSince = undefined;
  }

  function notReached(failure: Failure): void {
    if (unreachableSince !== undefined) return;
    unreachableSince = clock.now();
    record({ kind: 'target-unreachable', at: unreachableSince, target: target.name, failure });
  }

  const gapsBefore = new Set<string>();
  return {
    async discover(signal) {
      try {
        const { found, gaps } = await find.pass(signal);
        if (signal.aborted) return;
        reached();
        for (const what of gapsBefore) if (!gaps.some((gap) => gap.what === what)) onRead(what, undefined);
        gapsBefore.clear();
        for (const gap of gaps) {
          gapsBefore.add(gap.what);
          onRead(gap.what, gap.failure);
        }
        await Promise.all(found.map((one) => takeUp(one, signal)));
        if (gaps.length === 0) discoveredAt = clock.now();
      } catch (error) {
        if (!signal.aborted) notReached(failureOf(error));
      }
    },
    async look(signal) {
      await Promise.all(book.deployments(target.name).map((deployment) => lookOnce(deployment, signal)));
      if (!signal.aborted) lookedAt = clock.now();
    },
    resume(watch) {
      const policy = active.get(watch.ref.policy)?.policy;
      stop(watch, policy?.baking !== 'ignore', watch.stop?.because ?? [], true);
    },
    state: () => ({
      name: target.name,
      ...(discoveredAt === undefined ? {} : { discoveredAt }),
      ...(lookedAt === undefined ? {} : { lookedAt }),
      ...(unreachableSince === undefined ? {} : { unreachableSince }),
    }),
  };
}

function tagsNeedAccount(target: Target): FailureError {
  const message = `a policy matches by tags, and the account of target ${target.name} is not known: give \`account\` or allow sts:GetCallerIdentity`;
  return new FailureError({ reason: 'rejected', retryable: true, message });
}
