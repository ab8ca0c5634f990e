/** One look at one deployment: read it, ask every rule of every watch, decide, act. */
import type { AppConfigPort } from '../appconfig/port.ts';
import { decide, overdueRules } from '../core/decide.ts';
import { type Deployment, type DeploymentEvent, type DeploymentRef, precedes, stageOf } from '../core/deployment.ts';
import type { WatchEvent, WithheldReason } from '../core/event.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { Policy } from '../policy/schema.ts';
import type { RunnableRule, Weigh } from './rule.ts';
import type { WatchBook } from './watch-book.ts';

/** A policy with its rules ready to run against one target. */
export interface ActivePolicy {
  readonly policy: Policy;
  readonly rules: readonly RunnableRule[];
}

export interface LookDeps {
  readonly clock: Clock;
  readonly book: WatchBook;
  readonly port: AppConfigPort;
  policyOf(name: string): ActivePolicy | undefined;
  readonly circuit: {
    state(): 'open' | 'closed';
    /** Whether this deployment may be stopped now; trips the circuit when it is one too many. */
    admit(deployment: Deployment): boolean;
  };
  /** Whether a person holds this deployment. */
  isHeld(ref: DeploymentRef): boolean;
  /** Starts a stop (or joins one) and concludes the watch when it ends. */
  stop(watch: Watch, active: ActivePolicy, because: readonly string[]): void;
  /** Something could not be read, or can be read again. */
  onRead(what: string, failure: Failure | undefined): void;
  /** AppConfig says that there is no such deployment, and its watches have ended. */
  onVanished(ref: DeploymentRef): void;
}

/** Entries of the event log that an earlier snapshot did not have. */
function newsSince(before: Deployment, after: Deployment): readonly DeploymentEvent[] {
  const known = new Set(before.events.map((event) => `${event.type}@${event.at}@${event.description}`));
  return after.events.filter((event) => !known.has(`${event.type}@${event.at}@${event.description}`));
}

function differs(before: Deployment, after: Deployment): boolean {
  return (
    before.state !== after.state ||
    before.percentage !== after.percentage ||
    before.events.length !== after.events.length
  );
}

/**
 * Tells every watch of a deployment what was seen of it, if anything changed. A slow answer may be overtaken by what
 * the stopper read meanwhile: one from before is history, and would have an undone deployment stopped again.
 */
export function observe(book: WatchBook, snapshot: Deployment, at: Instant): void {
  for (const watch of book.of(snapshot.ref)) {
    if (!differs(watch.deployment, snapshot) || precedes(snapshot, watch.deployment)) continue;
    const news = newsSince(watch.deployment, snapshot);
    book.tell({ kind: 'deployment-observed', at, watch: watch.ref, snapshot, news });
  }
}

function sameVerdict(before: Verdict | undefined, after: Verdict): boolean {
  return before?.kind === after.kind && before.because === after.because;
}

/**
 * Takes one verdict into the watch: on record when it says something new, folded always. A watch that an earlier
 * verdict of the same look had released takes no more.
 */
function takeVerdict(deps: LookDeps, ref: Watch['ref'], rule: string, verdict: Verdict): void {
  const at = deps.clock.now();
  const watch = deps.book.now(ref);
  if (watch === undefined) return;
  const status = watch.rules[rule];
  if (status?.told === true && status.unknownSince !== undefined && verdict.kind !== 'unknown') {
    const unknownFor = at - status.unknownSince;
    deps.book.tell({ kind: 'rule-known-again', at, watch: watch.ref, rule, unknownFor });
  }
  const event: WatchEvent = { kind: 'rule-judged', at, watch: watch.ref, rule, verdict };
  if (sameVerdict(status?.verdict, verdict)) deps.book.note(event);
  else deps.book.tell(event);
}

function tellOverdue(deps: LookDeps, watch: Watch, { policy }: ActivePolicy): void {
  const at = deps.clock.now();
  for (const { rule, since, failure } of overdueRules(policy, watch, at)) {
    if (watch.rules[rule]?.told === true) continue;
    const action = policy.onUnknown.do;
    deps.book.tell({ kind: 'rule-unknown-too-long', at, watch: watch.ref, rule, since, failure, action });
  }
}

function withhold({ book, clock }: LookDeps, watch: Watch, reason: WithheldReason, because: readonly string[]): void {
  if (watch.withheld.includes(reason)) return;
  book.tell({ kind: 'stop-withheld', at: clock.now(), watch: watch.ref, reason, because });
}

/** Decides about one watch and does what was decided. */
function act(deps: LookDeps, ref: Watch['ref'], active: ActivePolicy, freshSince: Instant, unread: boolean): void {
  const { book, clock, circuit } = deps;
  const watch = book.now(ref);
  if (watch === undefined) return;
  const at = clock.now();
  const held = deps.isHeld(ref.deployment);
  const decision = decide(active.policy, watch, at, { circuit: circuit.state(), freshSince, unread, held });
  switch (decision.kind) {
    case 'keep-watching':
      return;
    case 'withhold': {
      withhold(deps, watch, decision.reason, decision.because);
      return;
    }
    case 'stop': {
      const { because, evidenceAt } = decision;
      // A stop that was begun is carried on with, whether or not the circuit would let a new one begin.
      const begun = watch.stop?.outcome?.kind === 'failed';
      if (!circuit.admit(watch.deployment) && !begun) {
        withhold(deps, watch, 'circuit-open', because);
        return;
      }
      book.tell({ kind: 'stop-decided', at, watch: ref, because, evidenceAt });
      deps.stop(watch, active, because);
      return;
    }
    case 'conclude-recovery': {
      const { recovery, because } = decision;
      book.tell({ kind: 'recovery-judged', at, watch: ref, recovery, because });
      act(deps, ref, active, freshSince, unread);
      return;
    }
    case 'release': {
      const { because, unjudged, unstopped } = decision;
      const finalState = watch.deployment.state;
      const harm = unstopped.length === 0 ? {} : { unstopped };
      book.tell({ kind: 'watch-released', at, watch: ref, because, finalState, unjudged, ...harm });
      return;
    }
  }
}

function release(deps: LookDeps, watch: Watch, because: string): void {
  const finalState = watch.deployment.state;
  deps.book.tell({ kind: 'watch-released', at: deps.clock.now(), watch: watch.ref, because, finalState, unjudged: [] });
}

/** Whether there is still something to stop: what is over is decided on when every rule has answered. */
function isRunning({ book }: LookDeps, ref: Watch['ref']): boolean {
  const stage = stageOf(book.now(ref)?.deployment.state ?? 'COMPLETE');
  return stage !== 'completed' && stage !== 'undone';
}

/**
 * Asks every rule of a watch at once, beside the read; a breach is decided on as soon as it is known, without waiting
 * for the rest, and has the read go before those of deployments that do no harm. Nothing is decided before the read.
 */
async function judge(
  deps: LookDeps,
  watch: Watch,
  active: ActivePolicy,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const freshSince = deps.clock.now();
  const hurryFor = (weigh: Weigh) => {
    if (!reading.over() && weigh(watch.deployment).kind === 'breached') reading.hurry();
  };
  const take = ({ name }: RunnableRule, weigh: Weigh) => {
    const verdict = weigh(deps.book.now(watch.ref)?.deployment ?? watch.deployment);
    takeVerdict(deps, watch.ref, name, verdict);
    if (verdict.kind === 'breached' && isRunning(deps, watch.ref))
      act(deps, watch.ref, active, freshSince, !reading.seen());
  };
  const held: (readonly [RunnableRule, Weigh])[] = [];
  const asked: Promise<void>[] = [];
  // What was answered before the read is taken with it, and what comes later at once.
  const ask = (rule: RunnableRule) =>
    rule.ask(watch.deployment, freshSince, signal).then((weigh) => {
      hurryFor(weigh);
      if (!reading.over()) held.push([rule, weigh]);
      else if (!reading.gone() && !signal.aborted) take(rule, weigh);
    });
  for (const rule of active.rules) {
    const weigh = rule.held(watch.deployment, freshSince);
    if (weigh === undefined) {
      asked.push(ask(rule));
    } else {
      hurryFor(weigh);
      held.push([rule, weigh]);
    }
  }
  const takeHeld = async () => {
    if ((await reading.exists) && !signal.aborted) for (const [rule, weigh] of held) take(rule, weigh);
  };
  await Promise.all([takeHeld(), ...asked]);
  if (!(await reading.exists) || signal.aborted) return;
  const judged = deps.book.now(watch.ref);
  if (judged !== undefined) tellOverdue(deps, judged, active);
  act(deps, watch.ref, active, freshSince, !reading.seen());
}

/** The read of one look, under way. */
interface Reading {
  /** Resolves when it is over; false when the deployment does not exist any more. Never rejects. */
  readonly exists: Promise<boolean>;
  over(): boolean;
  /** Whether it is known not to exist any more. */
  gone(): boolean;
  /** Whether the deployment was read, and is known as it is now. */
  seen(): boolean;
  /** Somebody waits for it: it goes before the reads that wait for the quota. */
  hurry(): void;
}

function reading(deps: LookDeps, before: Deployment, signal: AbortSignal): Reading {
  const { promise, resolve } = Promise.withResolvers<void>();
  let found: Awaited<ReturnType<typeof read>> | undefined;
  const exists = read(deps, before, signal, promise).then((outcome) => {
    found = outcome;
    return found !== 'gone';
  });
  return {
    exists,
    over: () => found !== undefined,
    gone: () => found === 'gone',
    seen: () => found === 'seen',
    hurry: resolve,
  };
}

/** What was read a moment ago is not read again. */
const READ: Reading = {
  exists: Promise.resolve(true),
  over: () => true,
  gone: () => false,
  seen: () => true,
  hurry: () => {},
};

/** Reads the deployment, unless it is over. */
async function read(
  deps: LookDeps,
  before: Deployment,
  signal: AbortSignal,
  hurry: Promise<void>,
): Promise<'seen' | 'unread' | 'gone'> {
  if (stageOf(before.state) === 'undone') return 'seen';
  const what = `deployment ${before.application.name}/${before.environment.name}/${before.ref.number}`;
  try {
    const { deployment } = await deps.port.getDeployment(before.ref, before, signal, hurry);
    if (signal.aborted) return 'unread';
    deps.onRead(what, undefined);
    observe(deps.book, deployment, deps.clock.now());
    return 'seen';
  } catch (error) {
    if (signal.aborted) return 'unread';
    const failure = failureOf(error);
    const exists = failure.reason !== 'not-found';
    deps.onRead(what, exists ? failure : undefined);
    return exists ? 'unread' : 'gone';
  }
}

/**
 * One look at a deployment under watch. Never rejects for what AWS does; rules are asked even when AppConfig is down.
 * `isFresh`: it was read a moment ago.
 *
 * The rules do not wait for the read: those of all looks that begin in one turn are asked together, which costs as few
 * calls as there can be, however long the reads take their turns at the quota.
 */
export async function lookAt(
  deployment: Deployment,
  deps: LookDeps,
  signal: AbortSignal,
  isFresh = false,
): Promise<void> {
  const seeing = isFresh ? READ : reading(deps, deployment, signal);
  const judging = deps.book.of(deployment.ref).map(async (watch) => {
    const active = deps.policyOf(watch.ref.policy);
    if (active !== undefined) return judge(deps, watch, active, seeing, signal);
    if (watch.phase !== 'stopping') release(deps, watch, 'its policy was removed');
  });
  await Promise.all(judging);
  if ((await seeing.exists) || signal.aborted) return;
  for (const watch of deps.book.of(deployment.ref)) {
    // What is being stopped is left to its stop, whose end is told to the watch.
    if (watch.phase !== 'stopping') release(deps, watch, 'the deployment does not exist any more');
  }
  // Told wrongly it would be listed on: then it is found and watched again.
  deps.onVanished(deployment.ref);
}

/**
 * Judges the rules whose alerts come by this hook, now, and decides. What other rules said in the last look, which began
 * at `freshSince`, counts beside it. The deployment is taken as it was last seen: it is read first only where a policy
 * leaves it alone while it bakes, since it may have begun to.
 */
export async function hear(
  deployment: Deployment,
  hook: string,
  deps: LookDeps,
  freshSince: Instant,
  signal: AbortSignal,
): Promise<void> {
  let reading: ReturnType<typeof read> | undefined;
  const readOnce = () => {
    reading ??= read(deps, deployment, signal, Promise.resolve());
    return reading;
  };
  const hearing = deps.book.of(deployment.ref).map(async (watch) => {
    const active = deps.policyOf(watch.ref.policy);
    const rules = active?.rules.filter((rule) => rule.hook === hook) ?? [];
    if (active === undefined || rules.length === 0) return;
    let breached = false;
    for (const rule of rules) {
      const weigh = await rule.ask(watch.deployment, deps.clock.now(), signal);
      if (signal.aborted) return;
      const verdict = weigh(deps.book.now(watch.ref)?.deployment ?? watch.deployment);
      breached ||= verdict.kind === 'breached';
      takeVerdict(deps, watch.ref, rule.name, verdict);
    }
    const must = breached && active.policy.baking === 'ignore' && isRunning(deps, watch.ref);
    const seen = must ? await readOnce() : 'unread';
    if (signal.aborted || !isRunning(deps, watch.ref)) return;
    act(deps, watch.ref, active, freshSince, seen !== 'seen');
  });
  await Promise.all(hearing);
}
