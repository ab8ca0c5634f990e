/** What to do about a watch now: the only function that says stop. */
import { holds } from './condition.ts';
import { stageOf } from './deployment.ts';
import type { Mode, Recovery, WithheldReason } from './event.ts';
import type { Failure } from './failure.ts';
import type { Terms } from './terms.ts';
import { type Duration, type Instant, iso } from './time.ts';
import type { RuleStatus, Watch } from './watch.ts';

/** The part of a policy a decision rests on. */
export interface DecisionPolicy extends Terms {
  readonly mode: Mode;
}

/** What else a decision rests on, beside policy and watch. */
export interface Circumstances {
  readonly circuit: 'closed' | 'open';
  /** Verdicts judged before this instant are too old to stop by. */
  readonly freshSince: Instant;
  /** A person said that no policy may stop it now. */
  readonly held?: boolean;
  /** The deployment could not be read in this look: its state is that of an earlier one. */
  readonly unread?: boolean;
}

export type Decision =
  | { readonly kind: 'keep-watching' }
  /** `evidenceAt`: when the newest verdict the stop rests on was judged. */
  | { readonly kind: 'stop'; readonly because: readonly string[]; readonly evidenceAt: Instant }
  | { readonly kind: 'withhold'; readonly reason: WithheldReason; readonly because: readonly string[] }
  | { readonly kind: 'conclude-recovery'; readonly recovery: Recovery; readonly because: readonly string[] }
  /**
   * `unjudged`: rules of a completed deployment that never were healthy or breached, so that nobody knows.
   * `unstopped`: why an enforced policy says stop about a deployment that was complete before it could.
   */
  | {
      readonly kind: 'release';
      readonly because: string;
      readonly unjudged: readonly string[];
      readonly unstopped: readonly string[];
    };

/** A rule that could not be asked for longer than the policy allows. */
export interface OverdueRule {
  readonly rule: string;
  readonly since: Instant;
  readonly failure: Failure;
}

/** Rules that have been unknown for longer than `onUnknown.after`. */
export function overdueRules(policy: DecisionPolicy, watch: Watch, now: Instant): readonly OverdueRule[] {
  return Object.values(watch.rules).flatMap((status) => {
    const { verdict, unknownSince } = status;
    if (verdict?.kind !== 'unknown' || unknownSince === undefined) return [];
    return now - unknownSince >= policy.onUnknown.after
      ? [{ rule: status.rule, since: unknownSince, failure: verdict.failure }]
      : [];
  });
}

const KEEP_WATCHING: Decision = { kind: 'keep-watching' };

/** A failed stop is tried again after this, doubled with every failure in a row. */
const RETRY_FIRST: Duration = 15_000;
const RETRY_LONGEST: Duration = 120_000;

interface Guilt {
  readonly because: readonly string[];
  readonly evidenceAt: Instant;
}

function sentenceOf(status: RuleStatus, overdue: ReadonlyMap<string, OverdueRule>): string {
  const late = overdue.get(status.rule);
  if (late === undefined) return `${status.rule}: ${status.verdict?.because ?? ''}`;
  return `${status.rule}: could not be asked since ${iso(late.since)}, and the policy says stop: ${late.failure.message}`;
}

/** Why the policy says stop now; undefined when it does not. */
function guiltOf(policy: DecisionPolicy, watch: Watch, now: Instant, freshSince: Instant): Guilt | undefined {
  const late = policy.onUnknown.do === 'stop' ? overdueRules(policy, watch, now) : [];
  const overdue = new Map(late.map((rule) => [rule.rule, rule]));
  const guilty = Object.values(watch.rules).filter(({ rule, judgedAt, verdict }) => {
    // One that lies ahead was judged before the clock was put back.
    const fresh = judgedAt !== undefined && judgedAt >= freshSince && judgedAt <= now;
    return fresh && (overdue.has(rule) || verdict?.kind === 'breached');
  });
  if (!holds(policy.stopWhen, new Set(guilty.map((status) => status.rule)))) return undefined;
  return {
    because: guilty.map((status) => sentenceOf(status, overdue)),
    evidenceAt: Math.max(...guilty.map((status) => status.judgedAt ?? now)),
  };
}

/**
 * A stop that was decided is carried out: a failed one is tried again for as long as the deployment runs, and also
 * when it is over, so that its record gets an end and a completion in the race can still be reverted.
 */
function retryOf(watch: Watch, now: Instant): Decision | undefined {
  const { stop } = watch;
  if (stop?.outcome?.kind !== 'failed' || stop.concludedAt === undefined) return undefined;
  const wait = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** Math.min(10, stop.failures - 1));
  // One that lies ahead was noted before the clock was put back, and says nothing about how long ago it was.
  if (now >= stop.concludedAt && now < stop.concludedAt + wait) return KEEP_WATCHING;
  return { kind: 'stop', because: stop.because, evidenceAt: now };
}

/** Clocks differ, and AppConfig is not exact to the second. */
const PLAN_SLACK: Duration = 120_000;

/**
 * Whether a deployment that could not be read is over by its own plan. What the numbers say then may be the doing of the
 * one after it; stopping it would revert what did no harm.
 */
function mayBeOver({ deployment }: Watch, now: Instant, { unread }: Circumstances): boolean {
  const { startedAt, durationMinutes, bakeMinutes, growthType } = deployment;
  const planned = growthType !== 'UNKNOWN';
  return unread === true && planned && now > startedAt + (durationMinutes + bakeMinutes) * 60_000 + PLAN_SLACK;
}

function decideInProgress(policy: DecisionPolicy, watch: Watch, now: Instant, then: Circumstances): Decision {
  const guilt = guiltOf(policy, watch, now, then.freshSince);
  // That it cannot be read has been told.
  if (guilt === undefined || mayBeOver(watch, now, then)) return KEEP_WATCHING;
  const { because, evidenceAt } = guilt;
  if (policy.mode === 'observe') return { kind: 'withhold', reason: 'observe', because };
  if (then.held === true) return { kind: 'withhold', reason: 'held', because };
  if (watch.deployment.state === 'BAKING' && policy.baking === 'ignore') {
    return { kind: 'withhold', reason: 'baking-ignored', because };
  }
  if (then.circuit === 'open') return { kind: 'withhold', reason: 'circuit-open', because };
  return { kind: 'stop', because, evidenceAt };
}

function wasBreached(watch: Watch): readonly RuleStatus[] {
  return Object.values(watch.rules).filter((status) => status.breachedAt !== undefined);
}

/** The rules whose recovery is waited for: those that breached; after a stop for what nobody could ask, all of them. */
function inQuestion(watch: Watch): readonly RuleStatus[] {
  const breached = wasBreached(watch);
  return breached.length === 0 && watch.stop !== undefined ? Object.values(watch.rules) : breached;
}

/** After a rollback: every rule in question is healthy, or the time is up, or it is still too early. */
function decideUndone(policy: DecisionPolicy, watch: Watch, now: Instant): Decision {
  const guilty = inQuestion(watch);
  const undoneAt = watch.undoneAt ?? now;
  if (guilty.length === 0 || policy.verify.for === 0 || watch.recovery !== undefined) {
    return { kind: 'release', because: undoneBecause(watch), unjudged: [], unstopped: [] };
  }
  const because = guilty.map((status) => `${status.rule}: ${status.verdict?.because ?? 'not judged since'}`);
  const fresh = guilty.every((status) => (status.judgedAt ?? 0) > undoneAt);
  if (fresh && guilty.every((status) => status.verdict?.kind === 'healthy')) {
    return { kind: 'conclude-recovery', recovery: 'recovered', because };
  }
  if (now < undoneAt + policy.verify.for) return KEEP_WATCHING;
  const still = fresh && guilty.some((status) => status.verdict?.kind === 'breached');
  return { kind: 'conclude-recovery', recovery: still ? 'not-recovered' : 'cannot-tell', because };
}

function undoneBecause(watch: Watch): string {
  const { deployment, stop, recovery } = watch;
  // Who began it: a ROLLBACK_COMPLETED is AppConfig's own, whoever asked for the rollback.
  const begun = deployment.events.findLast(({ type }) => type === 'ROLLBACK_STARTED' || type === 'REVERT_COMPLETED');
  const by = begun === undefined ? '' : ` (triggered by ${begun.triggeredBy})`;
  const ours = stop !== undefined && stop.outcome?.kind !== 'already-over';
  const how = ours ? `${deployment.state} after the stop` : `${deployment.state}, not stopped by this watch${by}`;
  return recovery === undefined ? how : `${how}; ${recovery}`;
}

function completedBecause(watch: Watch, unjudged: readonly string[]): string {
  if (watch.stop !== undefined) return `COMPLETE in spite of a stop decided at ${iso(watch.stop.decidedAt)}`;
  if (watch.withheld.length > 0) return `COMPLETE; a stop was withheld (${watch.withheld.join(', ')})`;
  const breached = wasBreached(watch).map((status) => status.rule);
  const told =
    breached.length === 0
      ? 'no rule was breached'
      : `${breached.join(', ')} breached, which was not enough for stopWhen`;
  return unjudged.length === 0 ? `COMPLETE; ${told}` : `COMPLETE, and NEVER JUDGED by ${unjudged.join(', ')}; ${told}`;
}

function completed(policy: DecisionPolicy, watch: Watch, now: Instant, freshSince: Instant): Decision {
  const unjudged = Object.values(watch.rules).flatMap((status) => (status.known === true ? [] : [status.rule]));
  const guilt = guiltOf(policy, watch, now, freshSince);
  // A stop that was decided or withheld has been told with its reasons.
  if (guilt === undefined || watch.stop !== undefined || watch.withheld.length > 0) {
    return { kind: 'release', because: completedBecause(watch, unjudged), unjudged, unstopped: [] };
  }
  const because = `COMPLETE before it could be stopped, and it does harm: ${guilt.because.join('; ')}`;
  return { kind: 'release', because, unjudged, unstopped: policy.mode === 'enforce' ? guilt.because : [] };
}

/** What to do about a watch now. Pure; a released or stopping watch is left alone. */
export function decide(policy: DecisionPolicy, watch: Watch, now: Instant, circumstances: Circumstances): Decision {
  if (watch.phase === 'released' || watch.phase === 'stopping') return KEEP_WATCHING;
  const { mode } = policy;
  // What a person decided is carried out whatever the policy says; a hold is newer than either.
  const carriedOn = (mode === 'enforce' || watch.stop?.by?.kind === 'operator') && circumstances.held !== true;
  const retry = carriedOn ? retryOf(watch, now) : undefined;
  if (retry !== undefined) return retry;
  switch (stageOf(watch.deployment.state)) {
    case 'in-progress':
    case 'unknown':
      return decideInProgress(policy, watch, now, circumstances);
    case 'rolling-back':
      return KEEP_WATCHING;
    case 'completed':
      return completed(policy, watch, now, circumstances.freshSince);
    case 'undone':
      return decideUndone(policy, watch, now);
  }
}
