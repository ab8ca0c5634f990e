/** The fewest calls a cycle can do with, by AWS's limits. */
import type { Shape } from './shape.ts';

/** MetricDataQuery structures in one GetMetricData call. */
const QUERIES_A_CALL = 500;
/** An expression has to stand in the call of the metrics it is computed from. */
const QUERIES_A_RULE = 3;
/** Environments that are not listed for news are swept at most so many a pass (docs/decisions/0005). */
const SWEPT_A_PASS = 40;

export interface Minimum {
  readonly environments: number;
  readonly metrics: number;
  /** Calls of a cycle in which a period has settled; the others have no GetMetricData. */
  readonly calls: Readonly<Record<string, number>>;
}

export function minimumOf({ applications, environmentsEach, rules }: Shape): Minimum {
  const environments = applications * environmentsEach;
  const rulesACall = Math.floor(QUERIES_A_CALL / QUERIES_A_RULE);
  return {
    environments,
    metrics: environments * rules * 2,
    calls: {
      // A page has 50 and an application 20 environments.
      ListEnvironments: applications * Math.ceil(environmentsEach / 50),
      ListDeployments: Math.min(SWEPT_A_PASS, environments),
      GetDeployment: environments,
      GetMetricData: Math.ceil((environments * rules) / rulesACall),
    },
  };
}

/** The derivation, for the document. */
export function derivation(shape: Shape): readonly string[] {
  const { environments, metrics, calls } = minimumOf(shape);
  const rulesACall = Math.floor(QUERIES_A_CALL / QUERIES_A_RULE);
  return [
    `- GetMetricData: a call takes ${QUERIES_A_CALL} queries; a rule is ${QUERIES_A_RULE} (two metrics and the expression, which has to stand beside them), so a call holds ${rulesACall} rules, and ${environments * shape.rules} rules need ⌈${environments * shape.rules} / ${rulesACall}⌉ = ${calls.GetMetricData} calls. (Datapoints are no limit here: ${QUERIES_A_CALL} series of an hour are 30,000 of 100,800.) Once in each period of 60 s, however often it polls.`,
    `- Billed: each of the ${metrics} distinct metrics once a period; expressions are free.`,
    `- GetDeployment: one a deployment (${calls.GetDeployment}); nothing else tells percentage and event log.`,
    `- ListEnvironments: one an application (${calls.ListEnvironments}), a page holds them all.`,
    `- ListDeployments: none for an environment whose deployment is followed, but for the sweep, ${calls.ListDeployments} a pass.`,
  ];
}
