/** What is true of the watches right now, for the gauges: kept from the events, computed when somebody asks. */
import type { WatchdogEvent, WatchEvent } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { watchKey } from '../core/watch.ts';

interface RuleFacts {
  readonly unknownSince?: Instant;
  /** The last verdict with evidence, which is looked into when somebody asks, and once. */
  readonly seen?: Verdict;
}

interface WatchFacts {
  readonly policy: string;
  readonly rules: Map<string, RuleFacts>;
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

function judged(before: RuleFacts, verdict: Verdict, at: Instant): RuleFacts {
  const seen = 'evidence' in verdict ? verdict : before.seen;
  return {
    ...(seen === undefined ? {} : { seen }),
    ...(verdict.kind === 'unknown' ? { unknownSince: before.unknownSince ?? at } : {}),
  };
}

export function watchGauges(): WatchGauges {
  const watches = new Map<string, WatchFacts>();
  const worst = (now: Instant, since: (facts: RuleFacts) => Instant | undefined): readonly RuleAge[] => {
    const ages = new Map<string, RuleAge>();
    for (const { policy, rules } of watches.values()) {
      for (const [rule, facts] of rules) {
        const from = since(facts);
        if (from === undefined) continue;
        const key = `${policy}\0${rule}`;
        const seconds = Math.max(0, now - from, (ages.get(key)?.seconds ?? 0) * 1_000) / 1_000;
        ages.set(key, { policy, rule, seconds });
      }
    }
    return [...ages.values()];
  };
  const ofWatch = (event: WatchEvent, key: string) => {
    const known = watches.get(key) ?? { policy: event.watch.policy, rules: new Map<string, RuleFacts>() };
    if (event.kind === 'rule-judged') {
      known.rules.set(event.rule, judged(known.rules.get(event.rule) ?? {}, event.verdict, event.at));
    }
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
    dataAges: (now) => worst(now, ({ seen }) => seen && dataUntil(seen)),
    unknownTimes: (now) => worst(now, ({ unknownSince }) => unknownSince),
  };
}
