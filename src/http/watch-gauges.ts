/** What is true of the watches right now, for the gauges: kept from the events, computed when somebody asks. */
import type { WatchdogEvent, WatchEvent } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { watchKey } from '../core/watch.ts';

interface WatchFacts {
  readonly policy: string;
  /** Of each rule the last verdict with evidence, which is looked into when somebody asks, and once. */
  readonly seen: Map<string, Verdict>;
  /** Since when rules are unknown; most never are. */
  unknown?: Map<string, Instant>;
}

export interface RuleAge {
  readonly policy: string;
  readonly rule: string;
  readonly seconds: number;
}

export interface WatchGauges {
  onEvent(event: WatchdogEvent): void;
  /** Watches by policy. */
  counts(): ReadonlyMap<string, number>;
  /** For each rule of a policy the worst of its watches; nothing for rules without a value. */
  dataAges(now: Instant): readonly RuleAge[];
  unknownTimes(now: Instant): readonly RuleAge[];
}

/** Of the verdicts that stand. */
const untils = new WeakMap<Verdict, Instant | undefined>();

function dataUntil(verdict: Verdict): Instant | undefined {
  if (!untils.has(verdict)) untils.set(verdict, newestIn(verdict));
  return untils.get(verdict);
}

/** End of the newest datapoint in the evidence of a verdict, when it has any. */
function newestIn(verdict: Verdict): Instant | undefined {
  const evidence = verdict.kind === 'unknown' ? undefined : verdict.evidence;
  const points = evidence?.points;
  if (!Array.isArray(points)) return undefined;
  const last: unknown = points.at(-1);
  if (typeof last !== 'object' || last === null || !('at' in last) || typeof last.at !== 'string') return undefined;
  const period = typeof evidence?.periodMs === 'number' ? evidence.periodMs : 0;
  const at = Date.parse(last.at) + period;
  return Number.isNaN(at) ? undefined : at;
}

function judge(facts: WatchFacts, rule: string, verdict: Verdict, at: Instant): void {
  if ('evidence' in verdict) facts.seen.set(rule, verdict);
  if (verdict.kind !== 'unknown') {
    facts.unknown?.delete(rule);
    return;
  }
  facts.unknown ??= new Map();
  if (!facts.unknown.has(rule)) facts.unknown.set(rule, at);
}

export function watchGauges(): WatchGauges {
  const watches = new Map<string, WatchFacts>();
  /** `since` of each rule of a watch. */
  const worst = (now: Instant, since: (facts: WatchFacts) => Iterable<[string, Instant | undefined]>) => {
    const ages = new Map<string, RuleAge>();
    for (const facts of watches.values()) {
      const { policy } = facts;
      for (const [rule, from] of since(facts)) {
        if (from === undefined) continue;
        const key = `${policy}\0${rule}`;
        const seconds = Math.max(0, now - from, (ages.get(key)?.seconds ?? 0) * 1_000) / 1_000;
        ages.set(key, { policy, rule, seconds });
      }
    }
    return [...ages.values()];
  };
  const ofWatch = (event: WatchEvent, key: string) => {
    const known = watches.get(key) ?? { policy: event.watch.policy, seen: new Map<string, Verdict>() };
    if (event.kind === 'rule-judged') judge(known, event.rule, event.verdict, event.at);
    watches.set(key, known);
  };
  return {
    onEvent(event) {
      if (!('watch' in event)) return;
      const key = watchKey(event.watch);
      if (event.kind === 'watch-released') watches.delete(key);
      else ofWatch(event, key);
    },
    counts() {
      const counts = new Map<string, number>();
      for (const { policy } of watches.values()) counts.set(policy, (counts.get(policy) ?? 0) + 1);
      return counts;
    },
    dataAges: (now) => worst(now, ({ seen }) => seen.entries().map(([rule, verdict]) => [rule, dataUntil(verdict)])),
    unknownTimes: (now) => worst(now, ({ unknown }) => unknown ?? []),
  };
}
