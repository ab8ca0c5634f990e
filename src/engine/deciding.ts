/** What a look does with verdicts: takes them into the watch, decides, and acts. */
import type { AppConfigPort } from '../appconfig/port.ts';
import { decide, overdueRules } from '../core/decide.ts';
import { type Deployment, type DeploymentRef, stageOf } from '../core/deployment.ts';
import type { WatchEvent, WithheldReason } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { Gate } from '../lib/gate.ts';
import type { Policy } from '../policy/schema.ts';
import type { RunnableRule } from './rule.ts';
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
  /** Reads that are under way at once; the others wait here, where waiting costs little. */
  readonly reads: Gate;
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

function sameVerdict(before: Verdict | undefined, after: Verdict): boolean {
  return before?.kind === after.kind && before.because === after.because;
}

/**
 * Takes one verdict into the watch: on record when it says something new, folded always. A watch that an earlier
 * verdict of the same look had released takes no more.
 */
export function takeVerdict(deps: LookDeps, ref: Watch['ref'], rule: string, verdict: Verdict): void {
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

export function tellOverdue(deps: LookDeps, watch: Watch, { policy }: ActivePolicy): void {
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
export function act(
  deps: LookDeps,
  ref: Watch['ref'],
  active: ActivePolicy,
  freshSince: Instant,
  unread: boolean,
): void {
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

export function release(deps: LookDeps, watch: Watch, because: string): void {
  const finalState = watch.deployment.state;
  deps.book.tell({ kind: 'watch-released', at: deps.clock.now(), watch: watch.ref, because, finalState, unjudged: [] });
}

/** Whether there is still something to stop: what is over is decided on when every rule has answered. */
export function isRunning({ book }: LookDeps, ref: Watch['ref']): boolean {
  const stage = stageOf(book.now(ref)?.deployment.state ?? 'COMPLETE');
  return stage !== 'completed' && stage !== 'undone';
}
