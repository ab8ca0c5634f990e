/** Judges recorded evidence by the rules of another policy, where the record holds all that the judge wants to see. */
import { z } from 'zod';
import type { Deployment } from '../core/deployment.ts';
import type { WatchEvent } from '../core/event.ts';
import type { Judge } from '../core/seams.ts';
import type { Point, Series } from '../core/series.ts';
import { type Duration, type Instant, iso } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { judges } from '../judges/index.ts';
import { alignUp } from '../lib/periods.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule, Policy } from '../policy/schema.ts';
import type { WatchRecord } from './record.ts';

type Judged = Extract<WatchEvent, { readonly kind: 'rule-judged' }>;

const evidenceSchema = z.looseObject({
  query: z.string(),
  periodMs: z.number().positive(),
  points: z
    .array(
      z.looseObject({
        at: z.iso.datetime(),
        value: z.number().nullable(),
        settled: z.boolean(),
        breaching: z.boolean(),
      }),
    )
    .min(1),
  inputs: z.record(z.string(), z.array(z.looseObject({ at: z.iso.datetime(), value: z.number() }))).optional(),
});

/** How one rule of the policy came by its verdicts. */
export interface RuleBasis {
  readonly rule: string;
  /** `again`: judged by the new rule; `recorded`: as it was judged then; `none`: the record says nothing of it. */
  readonly basis: 'again' | 'recorded' | 'none';
  readonly verdicts: number;
  /** Of those, how many had to stay as they were recorded. */
  readonly kept: number;
  readonly because: string;
}

interface Known {
  readonly query: string;
  readonly period: Duration;
  readonly points: Map<Instant, Point | undefined>;
  readonly inputs: Map<string, Map<Instant, Point>>;
  settledUntil: Instant;
  growing: boolean;
}

/** Whether a query of the policy file is the one that the record names; false only where it surely is another one. */
function asksTheSame({ source }: MetricRule, query: string, period: Duration): boolean {
  if (source.period !== period) return false;
  const text = 'expression' in source ? source.expression : 'query' in source ? source.query : undefined;
  if (typeof text !== 'string' || text.includes('{{')) return true;
  const isName = source.kind === 'cloudwatch' && Object.hasOwn(source.metrics, text.trim());
  return isName || text.trim() === query.trim();
}

/** Takes the points of one more verdict in; a value that was revised stands as it was seen last. */
function learn(known: Known | undefined, evidence: z.output<typeof evidenceSchema>): Known {
  const { query, periodMs: period } = evidence;
  const isNew = known === undefined || known.query !== query || known.period !== period;
  const into: Known = isNew
    ? { query, period, points: new Map(), inputs: new Map(), settledUntil: Number.NEGATIVE_INFINITY, growing: false }
    : known;
  for (const { at: text, value, settled, breaching } of evidence.points) {
    const at = Date.parse(text);
    into.points.set(at, value === null ? undefined : { at, value, settled });
    if (settled) into.settledUntil = Math.max(into.settledUntil, at + period);
    // Only what can but grow counts before it has settled.
    if (!settled && breaching) into.growing = true;
  }
  for (const [name, points] of Object.entries(evidence.inputs ?? {})) {
    const numbers = into.inputs.get(name) ?? new Map<Instant, Point>();
    for (const { at: text, value } of points) {
      const at = Date.parse(text);
      numbers.set(at, { at, value, settled: at + period <= into.settledUntil });
    }
    into.inputs.set(name, numbers);
  }
  return into;
}

const byTime = (a: Point, b: Point) => a.at - b.at;

function seriesOf(known: Known, from: Instant): Series {
  const settled = (point: Point) => ({ ...point, settled: point.at + known.period <= known.settledUntil });
  const listed = (points: Iterable<Point | undefined>) =>
    [...points].flatMap((point) => (point === undefined || point.at < from ? [] : settled(point))).sort(byTime);
  return {
    query: known.query,
    from,
    period: known.period,
    points: listed(known.points.values()),
    growing: known.growing,
    settledUntil: known.settledUntil,
    inputs: Object.fromEntries([...known.inputs].map(([name, points]) => [name, listed(points.values())])),
  };
}

/** The first period from `from` on that the record says nothing of, missing ones aside; undefined when it has all. */
function firstGap({ points, period }: Known, from: Instant): Instant | undefined {
  const last = Math.max(...points.keys());
  for (let at = alignUp(from, period); at <= last; at += period) if (!points.has(at)) return at;
  return undefined;
}

interface Again {
  readonly verdict: Verdict;
  /** Why the recorded verdict stays. */
  readonly kept?: string;
}

/** A judge and what the record has shown it so far. */
function judging(rule: MetricRule, judge: Judge, policy: Policy) {
  let known: Known | undefined;
  return ({ verdict, at }: Judged, deployment: Deployment): Again => {
    if (verdict.kind === 'unknown') return { verdict, kept: 'it could not be asked' };
    const parsed = evidenceSchema.safeParse(verdict.evidence);
    if (!parsed.success) return { verdict, kept: 'the record holds no datapoints' };
    const { query, periodMs } = parsed.data;
    if (!asksTheSame(rule, query, periodMs)) return { verdict, kept: `the record is of another query (${query})` };
    known = learn(known, parsed.data);
    const [window, ...more] = judge.windows(deployment, at, periodMs);
    if (window === undefined || more.length > 0)
      return { verdict, kept: 'its judge wants series that are not on record' };
    const gap = firstGap(known, window.from);
    if (gap !== undefined) return { verdict, kept: `the record has no datapoint of ${iso(gap)}` };
    const series = [seriesOf(known, alignUp(window.from, periodMs))];
    const { noData, settle } = rule;
    return { verdict: judge.judge({ deployment, now: at, series, noData, preExisting: policy.preExisting, settle }) };
  };
}

export interface JudgedAgain {
  verdictOf(event: Judged): Verdict | undefined;
  readonly rules: readonly RuleBasis[];
}

function basisOf(rule: string, kept: readonly string[], verdicts: number, metric: boolean): RuleBasis {
  const counts = { rule, verdicts, kept: kept.length };
  if (verdicts === 0) return { ...counts, basis: 'none', because: 'the record has no verdict of it: it takes no part' };
  if (!metric) return { ...counts, basis: 'recorded', because: 'a trigger cannot be asked again' };
  if (kept.length === verdicts) return { ...counts, basis: 'recorded', because: kept.at(-1) ?? '' };
  const because = kept.length === 0 ? '' : `${kept.length} of its verdicts stay as recorded: ${kept.at(-1)}`;
  return { ...counts, basis: 'again', because };
}

/** Every recorded verdict of the rules that a policy still has, judged by what the policy says now. */
export function judgeAgain({ events }: WatchRecord, policy: Policy): JudgedAgain {
  const again = new Map<Judged, Verdict>();
  const kept = new Map<string, string[]>();
  const counts = new Map<string, number>();
  const metricRules = policy.rules.filter((rule) => 'source' in rule);
  const judgesOf = new Map(
    metricRules.map((rule) => [rule.name, judging(rule, makeJudge(judges, rule.judge), policy)] as const),
  );
  let deployment: Deployment | undefined;
  for (const event of events) {
    if ('snapshot' in event) deployment = event.snapshot;
    if (event.kind !== 'rule-judged' || deployment === undefined) continue;
    counts.set(event.rule, (counts.get(event.rule) ?? 0) + 1);
    const result = judgesOf.get(event.rule)?.(event, deployment);
    again.set(event, result?.verdict ?? event.verdict);
    if (result?.kept !== undefined) kept.set(event.rule, [...(kept.get(event.rule) ?? []), result.kept]);
  }
  return {
    verdictOf: (event) => again.get(event),
    rules: policy.rules.map(({ name }) =>
      basisOf(name, kept.get(name) ?? [], counts.get(name) ?? 0, judgesOf.has(name)),
    ),
  };
}
