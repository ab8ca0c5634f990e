/** The past as files: deployments.json and series.json, read from others or written by an earlier backtest. */
import { z } from 'zod';
import { type Deployment, deploymentTitle, type Named } from '../core/deployment.ts';
import type { Point } from '../core/series.ts';
import type { Instant } from '../core/time.ts';
import { alignUp } from '../lib/periods.ts';
import { durationSchema, instantSchema as instant } from '../lib/schema.ts';
import { matches } from '../policy/match.ts';
import type { Config, MetricRule } from '../policy/schema.ts';
import type { Answered, Case } from './gather.ts';
import type { Piece } from './history.ts';
import { parsed } from './parsed.ts';
import { endingOf } from './past.ts';
import { inPeriod } from './retention.ts';
import { checkSaid, readSaid, type Said } from './said.ts';
import { windowsOf } from './stretch.ts';

const name = z.union([z.string().min(1), z.looseObject({ id: z.string().min(1), name: z.string().min(1) })]);
const numbers = z.array(z.tuple([instant(), z.number()]));

const deploymentsSchema = z.array(
  z.looseObject({
    target: z.string().default('data'),
    region: z.string().default(''),
    application: name,
    environment: name,
    number: z.int().min(1),
    profile: name.default('flags'),
    version: z.string().default(''),
    versionLabel: z.string().optional(),
    description: z.string().optional(),
    type: z.string().default('USER'),
    state: z.string(),
    startedAt: instant(),
    completedAt: instant().optional(),
    growthType: z.string().default('UNKNOWN'),
    growthFactor: z.number().default(0),
    durationMinutes: z.number().default(0),
    bakeMinutes: z.number().default(0),
    events: z
      .array(
        z.looseObject({
          type: z.string(),
          triggeredBy: z.string().default('UNKNOWN'),
          description: z.string().default(''),
          at: instant(),
        }),
      )
      .min(1),
  }),
);

const seriesSchema = z.array(
  z.looseObject({
    rule: z.string(),
    /** Only of this policy, or of this deployment; without one of every. */
    policy: z.string().optional(),
    deployment: z.string().optional(),
    query: z.string().optional(),
    period: durationSchema.refine((period) => period > 0, 'expected a period longer than 0s'),
    from: instant().optional(),
    to: instant().optional(),
    growing: z.boolean().default(false),
    points: numbers,
    inputs: z.record(z.string(), numbers).default({}),
  }),
);

export interface DataFiles {
  readonly deployments: string;
  readonly series: string;
  /** Undefined where nothing is known of triggers. */
  readonly triggers: string | undefined;
}

const named = (one: z.output<typeof name>): Named =>
  typeof one === 'string' ? { id: one, name: one } : { id: one.id, name: one.name };

function deploymentOf(row: z.output<typeof deploymentsSchema>[number]): Deployment {
  const { target, region, number, versionLabel, description, completedAt, events, ...rest } = row;
  const [application, environment, profile] = [named(row.application), named(row.environment), named(row.profile)];
  return {
    ref: { target, region, applicationId: application.id, environmentId: environment.id, number },
    application,
    environment,
    profile,
    version: rest.version,
    type: rest.type,
    state: rest.state,
    percentage: rest.state === 'COMPLETE' ? 100 : 0,
    startedAt: rest.startedAt,
    growthType: rest.growthType,
    growthFactor: rest.growthFactor,
    durationMinutes: rest.durationMinutes,
    bakeMinutes: rest.bakeMinutes,
    events: events
      .map(({ type, triggeredBy, description: text, at }) => ({
        type,
        triggeredBy,
        description: text,
        at,
        actions: [],
      }))
      .toSorted((a, b) => a.at - b.at),
    ...(versionLabel === undefined ? {} : { versionLabel }),
    ...(description === undefined ? {} : { description }),
    ...(completedAt === undefined ? {} : { completedAt }),
  };
}

function pointsOf(rows: z.output<typeof numbers>): readonly Point[] {
  return rows.map(([at, value]) => ({ at, value, settled: true })).toSorted((a, b) => a.at - b.at);
}

interface Stored {
  readonly rule: string;
  readonly policy?: string | undefined;
  readonly deployment?: string | undefined;
  readonly piece: Piece;
}

function storedOf(row: z.output<typeof seriesSchema>[number]): Stored {
  const { rule, policy, deployment, period, growing } = row;
  const points = pointsOf(row.points);
  const first = row.from ?? points[0]?.at ?? 0;
  const last = row.to ?? (points.at(-1)?.at ?? first - period) + period;
  const inputs = Object.fromEntries(Object.entries(row.inputs).map(([input, rows]) => [input, pointsOf(rows)]));
  const query = row.query ?? rule;
  const piece = { query, from: alignUp(first, period), to: last, period, growing, points, inputs };
  return { rule, policy, deployment, piece };
}

/** What is wrong with a file, in words; the path is in it. */
export type Loaded =
  | {
      readonly ok: true;
      readonly cases: readonly Case[];
      readonly answered: readonly Answered[];
      readonly said: readonly Said[];
    }
  | { readonly ok: false; readonly error: string };

/** Every stretch of a file that a case may be judged by. */
function answersOf(one: Case, stored: readonly Stored[], lastLook: (one: Case) => Instant): readonly Answered[] {
  const title = deploymentTitle(one.deployment);
  return one.policy.rules.flatMap((rule): readonly Answered[] => {
    if (!('source' in rule)) return [];
    const own: MetricRule = rule;
    return stored
      .filter(
        ({ rule: of, policy, deployment }) =>
          of === rule.name && (policy ?? one.policy.name) === one.policy.name && (deployment ?? title) === title,
      )
      .map(({ piece }) => {
        const asked = inPeriod(own, piece.period);
        const [window = { from: piece.from, to: piece.to }] = windowsOf(asked, one.deployment, lastLook(one));
        return { asked: { case: one, rule: asked, own: own.source.period, window }, piece };
      });
  });
}

/** Reads both files against a policy file; tags are not in them, so that policies are matched without. */
export function loadData(files: DataFiles, config: Config, lastLook: (one: Case) => Instant): Loaded {
  try {
    const deployments = parsed('deployments.json', files.deployments, deploymentsSchema).map(deploymentOf);
    const stored = parsed('series.json', files.series, seriesSchema).map(storedOf);
    const cases = deployments
      .filter((deployment) => endingOf(deployment) !== undefined)
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .flatMap((deployment) =>
        config.policies
          .filter(({ match }) => {
            const { targets: _, tags: __, ...rest } = match;
            return matches(rest, { target: deployment.ref.target, ...deployment });
          })
          .map((policy) => ({ deployment, policy })),
      );
    const said = files.triggers === undefined ? [] : readSaid(files.triggers);
    checkSaid(cases, said);
    return { ok: true, cases, answered: cases.flatMap((one) => answersOf(one, stored, lastLook)), said };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
