/** One past deployment under one policy, tick by tick, by the daemon's own code: its rules, its fold, its decision. */
import { decide } from '../core/decide.ts';
import { type Deployment, exposureAt, stageOf } from '../core/deployment.ts';
import type { WatchEvent, WithheldReason } from '../core/event.ts';
import type { PastOpinion, Trigger } from '../core/seams.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { fold, type Watch } from '../core/watch.ts';
import { askRule, type CalibrationOf, runnableRules } from '../engine/rule.ts';
import type { MetricRule, Policy, TriggerRule } from '../policy/schema.ts';
import { type Piece, pastSource } from './history.ts';
import { endingOf, seenOver } from './past.ts';
import { lastLook } from './stretch.ts';

/** Something that would have been decided. */
interface Decided {
  readonly at: Instant;
  /** Share (0..1) of the clients that had the new configuration then. */
  readonly exposure: number;
  readonly rules: readonly string[];
  readonly because: readonly string[];
}

interface RuleOutcome {
  readonly rule: string;
  /** Looks by what it said. */
  readonly looks: Readonly<Record<Verdict['kind'], number>>;
  /** What it said first when it breached, or else what it said last. */
  readonly because: string;
}

export interface Simulated {
  readonly stop?: Decided;
  /** The policy said stop, and something of it said no. */
  readonly withheld: readonly (Decided & { readonly reason: WithheldReason })[];
  /** It was complete before the policy said stop. */
  readonly tooLate?: Decided;
  readonly rules: readonly RuleOutcome[];
}

/** What a rule's trigger said in the past; undefined where nothing is on record. */
export type OpinionOf = (rule: TriggerRule) => PastOpinion<TriggerRule['trigger']> | undefined;

export interface SimulateOptions {
  readonly deployment: Deployment;
  readonly policy: Policy;
  piecesOf(rule: MetricRule): readonly Piece[];
  /** What was known of each rule by placebos when it began. */
  readonly calibrationOf: CalibrationOf;
  /** What each trigger said; without it its rule takes no part. */
  readonly opinionOf?: OpinionOf;
  /** How late after their period datapoints come, where that is later than the rule's `settle`. */
  readonly lag: Duration;
  /** The next look after an instant. */
  nextLook(after: Instant): Instant | undefined;
  readonly signal: AbortSignal;
}

/** Where nothing is on record of a trigger, its rule knows nothing, and says so. */
const NO_PAST: Verdict = { kind: 'inconclusive', because: 'what a trigger said in the past is not known' };

/** What the triggers of a policy said of the past, by their options. */
function triggersOf({ policy, opinionOf }: SimulateOptions) {
  const known = new Map<TriggerRule['trigger'], PastOpinion<TriggerRule['trigger']>>();
  for (const rule of policy.rules) {
    const opinion = 'source' in rule ? undefined : opinionOf?.(rule);
    if (opinion !== undefined && !('source' in rule)) known.set(rule.trigger, opinion);
  }
  return known;
}

/** The next look: by the schedule, or because something came. */
function lookAfter({ nextLook }: SimulateOptions, news: readonly Instant[], after: Instant): Instant | undefined {
  const planned = nextLook(after);
  const came = news.find((at) => at > after);
  return planned === undefined || came === undefined ? planned : Math.min(planned, came);
}

function rulesOf(options: SimulateOptions, triggers: ReturnType<typeof triggersOf>, now: () => Instant) {
  const { policy, piecesOf, calibrationOf, lag } = options;
  const byQuery = new Map<MetricRule['source'], MetricRule>();
  for (const rule of policy.rules) if ('source' in rule) byQuery.set(rule.source, rule);
  const pieces = (query: MetricRule['source']) => {
    const rule = byQuery.get(query);
    return rule === undefined ? [] : piecesOf(rule);
  };
  const source = pastSource(pieces, (query: MetricRule['source']) => query.period, now, lag);
  const trigger: Trigger<TriggerRule['trigger']> = {
    check: async (of, context) => triggers.get(of)?.check(of, context) ?? NO_PAST,
  };
  return runnableRules(policy, { source, trigger }, undefined, calibrationOf);
}

const NO_LOOKS = { healthy: 0, breached: 0, inconclusive: 0, unknown: 0 };

/** Counts what every rule said. */
function tally(policy: Policy) {
  const all = new Map<string, RuleOutcome>();
  for (const { name } of policy.rules) all.set(name, { rule: name, looks: NO_LOOKS, because: 'never asked' });
  return {
    take(rule: string, verdict: Verdict): void {
      const before = all.get(rule);
      if (before === undefined) return;
      const looks = { ...before.looks, [verdict.kind]: before.looks[verdict.kind] + 1 };
      all.set(rule, { rule, looks, because: before.looks.breached > 0 ? before.because : verdict.because });
    },
    outcomes: () => [...all.values()],
  };
}

/**
 * From the first look after its start to the first one after its end, or to the stop. An `observe` policy is taken as if
 * it were enforced; one that was undone is looked at until all is known of the time before. The circuit breaker and holds take no part.
 */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { deployment, signal } = options;
  // What the history does not hold is no outage of then: it must not stop anything.
  const onUnknown = { ...options.policy.onUnknown, do: 'hold' } as const;
  const policy: Policy = { ...options.policy, mode: 'enforce', onUnknown };
  const ending = endingOf(deployment);
  const ref = { deployment: deployment.ref, policy: policy.name };
  const seen = seenOver(deployment);
  const counted = tally(policy);
  const last = lastLook(deployment, policy, options.nextLook, options.lag);
  let now = deployment.startedAt;
  let watch: Watch | undefined;
  let stop: Decided | undefined;
  let tooLate: Decided | undefined;
  const withheld: (Decided & { readonly reason: WithheldReason })[] = [];
  const take = (event: WatchEvent) => {
    watch = fold(watch, event);
  };
  const decided = (because: readonly string[]): Decided => {
    const breached = Object.values(watch?.rules ?? {}).filter(({ verdict }) => verdict?.kind === 'breached');
    const exposure = exposureAt(deployment, Math.min(now, ending?.at ?? now));
    return { at: now, exposure, rules: breached.map(({ rule }) => rule), because };
  };
  const act = () => {
    if (watch === undefined || stop !== undefined) return;
    const decision = decide(policy, watch, now, { circuit: 'closed', freshSince: now });
    if (decision.kind === 'stop') stop = decided(decision.because);
    if (decision.kind === 'withhold' && !watch.withheld.includes(decision.reason)) {
      const { reason, because } = decision;
      withheld.push({ ...decided(because), reason });
      take({ kind: 'stop-withheld', at: now, watch: ref, reason, because });
    }
    if (decision.kind === 'release' && decision.unstopped.length > 0) tooLate = decided(decision.unstopped);
  };
  const triggers = triggersOf({ ...options, policy });
  const news = [...triggers.values()]
    .flatMap((opinion) => opinion.news)
    .filter((at) => at > deployment.startedAt && at <= last)
    .sort((a, b) => a - b);
  const rules = rulesOf({ ...options, policy }, triggers, () => now);
  const names = policy.rules.map(({ name }) => name);
  for (;;) {
    signal.throwIfAborted();
    const next = lookAfter(options, news, now);
    if (next === undefined || stop !== undefined) break;
    now = next;
    const isOver = now >= last;
    // What somebody undid is looked at as it was just before: would the policy have said stop as well, if later?
    const snapshot = seen(ending?.kind === 'completed' ? now : Math.min(now, (ending?.at ?? now) - 1));
    if (watch === undefined) {
      take({ kind: 'deployment-discovered', at: now, watch: ref, mode: 'enforce', snapshot, rules: names });
    } else if (snapshot !== watch.deployment) {
      take({ kind: 'deployment-observed', at: now, watch: ref, snapshot, news: [] });
    }
    for (const rule of rules) {
      const weigh = rule.held(snapshot, now) ?? (await askRule(rule, snapshot, now, signal));
      const verdict = weigh(snapshot);
      counted.take(rule.name, verdict);
      take({ kind: 'rule-judged', at: now, watch: ref, rule: rule.name, verdict });
      if (verdict.kind === 'breached' && stageOf(snapshot.state) === 'in-progress') act();
      if (stop !== undefined) break;
    }
    act();
    if (isOver) break;
  }
  return {
    withheld,
    rules: counted.outcomes(),
    ...(stop === undefined ? {} : { stop }),
    ...(tooLate === undefined ? {} : { tooLate }),
  };
}
