/**
 * One run of the simulation as plain data: what is deployed, under which policies, and everything that goes wrong.
 * All times are milliseconds after the start. Drawn from a seed, kept as a file, made smaller by the shrinker.
 */
import { z } from 'zod';
import { faultRule } from '../../../src/sandbox/faults.ts';

const span = { from: z.number(), to: z.number() };

const targetPlan = z.strictObject({
  name: z.string(),
  account: z.string(),
  region: z.string(),
  /** Reached by assuming a role of the account; the others by the daemon's own credentials. */
  byRole: z.boolean(),
});

const environmentPlan = z.strictObject({
  name: z.string(),
  target: z.string(),
  /** An alarm on its errors exists; as a monitor AppConfig itself rolls back by it. */
  alarm: z.enum(['none', 'watched', 'monitor']),
});

const MODES = ['enforce', 'observe', 'absent'] as const;

const policyPlan = z.strictObject({
  name: z.string(),
  environment: z.string(),
  mode: z.enum(MODES),
  baking: z.enum(['stop', 'ignore']),
  /**
   * `rate`: errors above 1 in 2 of 3 minutes; `ratio`: the same out of two metrics; `pager`: the alarm; `hook`: alerts that
   * somebody else sends.
   */
  rules: z.array(z.enum(['rate', 'ratio', 'pager', 'hook'])).min(1),
  stopWhen: z.enum(['any', 'all']),
  onUnknown: z.strictObject({ after: z.number(), do: z.enum(['hold', 'stop']) }),
  /** Reloads: what becomes of it, in order. */
  changes: z.array(z.strictObject({ at: z.number(), to: z.enum(MODES) })),
});

const deploymentPlan = z.strictObject({
  environment: z.string(),
  at: z.number(),
  /** Percentage points of errors when every client has it; 0 is a healthy one. */
  harm: z.number(),
  growth: z.enum(['LINEAR', 'EXPONENTIAL']),
  factor: z.number(),
  minutes: z.number(),
  bakeMinutes: z.number(),
  /** Somebody else stops it so long after its start. */
  stoppedAfter: z.number().optional(),
});

const endPlan = z.strictObject({
  daemon: z.number(),
  at: z.number(),
  /** `kill`: as by kill -9, at the n-th thing it does or hears from then on; `term`: by SIGTERM. */
  how: z.enum(['kill', 'term']),
  steps: z.number(),
  downFor: z.number(),
});

const DISKS = ['full', 'broken', 'locked', 'deleted'] as const;
export type DiskTrouble = (typeof DISKS)[number];

export const scenarioSchema = z.strictObject({
  /** Decides what the plan leaves open: which call a fault meets, how long an answer takes, jitter, ids. */
  seed: z.number(),
  daemons: z.number(),
  poll: z.enum(['*/15 * * * * *', '*/30 * * * * *', '0 * * * * *']),
  limits: z.strictObject({ stops: z.number(), per: z.string() }),
  stop: z.strictObject({ timeout: z.string(), budget: z.string(), deadline: z.string(), followEvery: z.string() }),
  settle: z.string(),
  aws: z.strictObject({
    baking: z.enum(['strict', 'lenient']),
    bakingEnvironmentState: z.enum(['DEPLOYING', 'READY_FOR_DEPLOYMENT']),
    stopAnswer: z.enum(['full', 'minimal']),
    rollback: z.number(),
  }),
  /** Longest of the answers that take long. */
  slowest: z.number(),
  targets: z.array(targetPlan),
  environments: z.array(environmentPlan),
  policies: z.array(policyPlan),
  deployments: z.array(deploymentPlan),
  faults: z.array(z.strictObject({ ...span, rule: faultRule })),
  ends: z.array(endPlan),
  /** Reloads of the file as it is. */
  reloads: z.array(z.number()),
  /** The time of day of the daemons' machine is off by so much for a while. */
  clocks: z.array(z.strictObject({ ...span, by: z.number() })),
  disks: z.array(z.strictObject({ ...span, kind: z.enum(DISKS) })),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type PolicyPlan = Scenario['policies'][number];
export type DeploymentPlan = Scenario['deployments'][number];
export type Mode = PolicyPlan['mode'];

export const MINUTE = 60_000;

/** When everything works again. */
export function troubleEnds({ faults, ends, clocks, disks, reloads, policies }: Scenario): number {
  return Math.max(
    0,
    ...[...faults, ...clocks, ...disks].map(({ to }) => to),
    ...ends.map(({ at, downFor }) => at + downFor + MINUTE),
    ...reloads,
    ...policies.flatMap(({ changes }) => changes.map(({ at }) => at)),
  );
}

/** How a policy stands at an instant. */
export function modeAt({ mode, changes }: PolicyPlan, at: number): Mode {
  return changes.findLast((change) => change.at <= at)?.to ?? mode;
}

export const POLLS: Readonly<Record<Scenario['poll'], number>> = {
  '*/15 * * * * *': 15_000,
  '*/30 * * * * *': 30_000,
  '0 * * * * *': 60_000,
};
