/** What /status answers: everything under watch, as JSON that the `status` command and other programs read. */
import { z } from 'zod';
import { type DeploymentRef, deploymentTitle, refKey } from '../core/deployment.ts';
import { type Instant, iso } from '../core/time.ts';
import type { RuleStatus, Watch } from '../core/watch.ts';
import { once } from '../lib/once.ts';

const ruleSchema = once(() =>
  z.looseObject({
    rule: z.string(),
    verdict: z.string(),
    because: z.string(),
    judgedAt: z.string().optional(),
    unknownSince: z.string().optional(),
  }),
);

const watchSchema = once(() =>
  z.looseObject({
    deployment: z.string(),
    key: z.string(),
    target: z.string(),
    policy: z.string(),
    mode: z.string(),
    phase: z.string(),
    state: z.string(),
    percentage: z.number(),
    profile: z.string(),
    version: z.string(),
    startedAt: z.string(),
    rules: z.array(ruleSchema()),
    withheld: z.array(z.string()),
    held: z.string().optional(),
    stop: z.string().optional(),
    recovery: z.string().optional(),
  }),
);

const targetSchema = once(() =>
  z.looseObject({
    name: z.string(),
    discoveredAt: z.string().optional(),
    lookedAt: z.string().optional(),
    unreachableSince: z.string().optional(),
    unguarded: z.array(z.looseObject({ what: z.string(), since: z.string() })).optional(),
  }),
);

export const statusSchema = once(() =>
  z.looseObject({
    version: z.string(),
    at: z.string(),
    circuit: z.string(),
    stopsInFlight: z.number(),
    targets: z.array(targetSchema()),
    watches: z.array(watchSchema()),
  }),
);
export type Status = z.output<ReturnType<typeof statusSchema>>;
export type WatchLine = z.output<ReturnType<typeof watchSchema>>;

/** What the daemon knows of itself; the engine's state has this shape. */
export interface StatusFacts {
  readonly targets: readonly {
    readonly name: string;
    readonly discoveredAt?: Instant;
    readonly lookedAt?: Instant;
    readonly unreachableSince?: Instant;
    readonly unguarded?: readonly { readonly what: string; readonly since: Instant }[];
  }[];
  readonly watches: readonly Watch[];
  readonly stopsInFlight: number;
  readonly circuit: string;
  readonly held?: readonly { readonly deployment: DeploymentRef; readonly by: string; readonly reason: string }[];
}

/** Instants as ISO texts, and none where there is none. */
function times(instants: Readonly<Record<string, Instant | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(instants).flatMap(([key, at]) => (at === undefined ? [] : [[key, iso(at)] as const])),
  );
}

function ruleLine(status: RuleStatus): z.output<ReturnType<typeof ruleSchema>> {
  return {
    rule: status.rule,
    verdict: status.verdict?.kind ?? 'not yet judged',
    because: status.verdict?.because ?? '',
    ...times({ judgedAt: status.judgedAt, unknownSince: status.unknownSince }),
  };
}

function stopText(watch: Watch): string | undefined {
  if (watch.stop === undefined) return undefined;
  return watch.stop.outcome?.kind ?? `in flight since ${iso(watch.stop.decidedAt)}`;
}

function watchLine(watch: Watch, held: string | undefined): WatchLine {
  const { deployment, ref } = watch;
  const stop = stopText(watch);
  return {
    deployment: deploymentTitle(deployment),
    key: refKey(ref.deployment),
    target: ref.deployment.target,
    policy: ref.policy,
    mode: watch.mode,
    phase: watch.phase,
    state: deployment.state,
    percentage: deployment.percentage,
    profile: deployment.profile.name,
    version: deployment.version,
    startedAt: iso(deployment.startedAt),
    rules: Object.values(watch.rules).map(ruleLine),
    withheld: [...watch.withheld],
    ...(held === undefined ? {} : { held }),
    ...(stop === undefined ? {} : { stop }),
    ...(watch.recovery === undefined ? {} : { recovery: watch.recovery }),
  };
}

export function statusReport(facts: StatusFacts, version: string, now: Instant): Status {
  const holds = new Map(facts.held?.map(({ deployment, by, reason }) => [refKey(deployment), `${by}: ${reason}`]));
  return {
    version,
    at: iso(now),
    circuit: facts.circuit,
    stopsInFlight: facts.stopsInFlight,
    targets: facts.targets.map(({ name, unguarded = [], ...instants }) => ({
      name,
      ...times({ ...instants }),
      ...(unguarded.length === 0
        ? {}
        : { unguarded: unguarded.map(({ what, since }) => ({ what, since: iso(since) })) }),
    })),
    watches: facts.watches.map((watch) => watchLine(watch, holds.get(refKey(watch.ref.deployment)))),
  };
}
