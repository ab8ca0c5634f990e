/** One deployment under one policy, from discovery to release: a fold over its events. */
import type { Deployment } from './deployment.ts';
import { refKey } from './deployment.ts';
import type { Mode, Recovery, StopActor, StopOutcome, WatchEvent, WatchRef, WithheldReason } from './event.ts';
import type { Terms } from './terms.ts';
import type { Instant } from './time.ts';
import type { Verdict } from './verdict.ts';

/** What is known of one rule. */
export interface RuleStatus {
  readonly rule: string;
  readonly verdict?: Verdict;
  readonly judgedAt?: Instant;
  /** Since when it could not be asked, without a break. */
  readonly unknownSince?: Instant;
  /** Whether its being unknown for too long has been told. */
  readonly told: boolean;
  /** When it was first breached. */
  readonly breachedAt?: Instant;
  /** Whether it was ever healthy or breached: whether anybody looked, so to say. */
  readonly known?: boolean;
}

/** The stop this watch asked for. */
interface WatchStop {
  /** When it was decided first: a stop that failed is decided anew, and what completed since then is in its race. */
  readonly decidedAt: Instant;
  readonly because: readonly string[];
  /** Who decided it, where it was not the policy. */
  readonly by?: StopActor;
  readonly outcome?: StopOutcome;
  readonly concludedAt?: Instant;
  /** Stops that failed in a row. */
  readonly failures: number;
}

export interface Watch {
  readonly ref: WatchRef;
  readonly mode: Mode;
  /** Unknown of a watch that an earlier version began. */
  readonly terms?: Terms;
  readonly deployment: Deployment;
  readonly discoveredAt: Instant;
  readonly phase: 'watching' | 'stopping' | 'verifying' | 'released';
  readonly rules: Readonly<Record<string, RuleStatus>>;
  /** Why a stop the rules asked for was withheld, each reason once. */
  readonly withheld: readonly WithheldReason[];
  readonly stop?: WatchStop;
  /** When the deployment was first seen undone (rolled back or reverted). */
  readonly undoneAt?: Instant;
  readonly recovery?: Recovery;
}

const watchKeys = new WeakMap<WatchRef, string>();

/** A key that is equal exactly when two refs name the same watch. */
export function watchKey(ref: WatchRef): string {
  const known = watchKeys.get(ref);
  if (known !== undefined) return known;
  const key = `${refKey(ref.deployment)}#${ref.policy}`;
  watchKeys.set(ref, key);
  return key;
}

function statusOf(watch: Watch, rule: string): RuleStatus {
  return Object.hasOwn(watch.rules, rule) ? (watch.rules[rule] ?? { rule, told: false }) : { rule, told: false };
}

function withStatus(watch: Watch, status: RuleStatus): Watch {
  return { ...watch, rules: { ...watch.rules, [status.rule]: status } };
}

/** Since when; what lies ahead was noted before the clock was put back, and is counted from now on. */
function notAfter(at: Instant, since: Instant | undefined): Instant {
  return since === undefined ? at : Math.min(since, at);
}

function judged(watch: Watch, rule: string, verdict: Verdict, at: Instant): Watch {
  const { unknownSince, told, ...before } = statusOf(watch, rule);
  const knows = verdict.kind === 'healthy' || verdict.kind === 'breached';
  const status: RuleStatus = { ...before, told: false, verdict, judgedAt: at, ...(knows ? { known: true } : {}) };
  if (verdict.kind === 'unknown') {
    return withStatus(watch, { ...status, told, unknownSince: notAfter(at, unknownSince) });
  }
  if (verdict.kind !== 'breached') return withStatus(watch, status);
  return withStatus(watch, { ...status, breachedAt: before.breachedAt ?? at });
}

function observed(watch: Watch, snapshot: Deployment, at: Instant): Watch {
  const undone = snapshot.state === 'ROLLED_BACK' || snapshot.state === 'REVERTED';
  const undoneAt = watch.undoneAt ?? (undone ? at : undefined);
  return settled({ ...watch, deployment: snapshot, ...(undoneAt === undefined ? {} : { undoneAt }) });
}

/** What is watched after it was undone is being verified. */
function settled(watch: Watch): Watch {
  return watch.phase === 'watching' && watch.undoneAt !== undefined ? { ...watch, phase: 'verifying' } : watch;
}

function concluded(watch: Watch, outcome: StopOutcome, at: Instant): Watch {
  const stop = watch.stop ?? { decidedAt: at, because: [], failures: 0 };
  const failures = outcome.kind === 'failed' ? stop.failures + 1 : 0;
  return settled({ ...watch, phase: 'watching', stop: { ...stop, outcome, concludedAt: at, failures } });
}

/** The watch after its first event, which must be `deployment-discovered`. */
function discovered(event: WatchEvent & { kind: 'deployment-discovered' }): Watch {
  const rules = Object.fromEntries(event.rules.map((rule) => [rule, { rule, told: false }]));
  const watch: Watch = {
    ref: event.watch,
    mode: event.mode,
    deployment: event.snapshot,
    discoveredAt: event.at,
    phase: 'watching',
    rules,
    withheld: [],
    ...(event.terms === undefined ? {} : { terms: event.terms }),
  };
  return observed(watch, event.snapshot, event.at);
}

/**
 * The watch after one more event. The first event of a watch is `deployment-discovered`; without a watch any other
 * event gives undefined. A `deployment-discovered` for a watch that exists (after a restart or a reload) renews its
 * mode and rules and keeps what is known.
 */
export function fold(watch: Watch | undefined, event: WatchEvent): Watch | undefined {
  if (watch === undefined) return event.kind === 'deployment-discovered' ? discovered(event) : undefined;
  switch (event.kind) {
    case 'deployment-discovered': {
      const rules = Object.fromEntries(event.rules.map((rule) => [rule, statusOf(watch, rule)]));
      const renewed = {
        ...watch,
        mode: event.mode,
        rules,
        ...(event.terms === undefined ? {} : { terms: event.terms }),
      };
      return observed(renewed, event.snapshot, event.at);
    }
    case 'deployment-observed':
      return observed(watch, event.snapshot, event.at);
    case 'rule-judged': {
      const { undoneAt } = watch;
      const timely = undoneAt === undefined ? watch : { ...watch, undoneAt: notAfter(event.at, undoneAt) };
      return judged(timely, event.rule, event.verdict, event.at);
    }
    case 'rule-unknown-too-long':
      return withStatus(watch, { ...statusOf(watch, event.rule), told: true });
    case 'rule-known-again':
      return withStatus(watch, { ...statusOf(watch, event.rule), told: false });
    case 'stop-withheld':
      return { ...watch, withheld: [...new Set([...watch.withheld, event.reason])] };
    case 'stop-decided': {
      const { decidedAt = event.at, failures = 0 } = watch.stop ?? {};
      const by = event.by ?? watch.stop?.by;
      const stop = { decidedAt, because: event.because, failures, ...(by === undefined ? {} : { by }) };
      return { ...watch, phase: 'stopping', stop };
    }
    case 'stop-concluded':
      return concluded(watch, event.outcome, event.at);
    case 'recovery-judged':
      return { ...watch, recovery: event.recovery };
    case 'watch-released':
      return { ...watch, phase: 'released' };
  }
}
