/** Runs every case of a backtest, and keeps of each what a report shows. */
import { type Deployment, type DeploymentRef, deploymentTitle, refKey } from '../core/deployment.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { MetricRule, Policy } from '../policy/schema.ts';
import { deployedWindows, pastCalibrations } from './calibrating.ts';
import type { Answered, Case } from './gather.ts';
import { cut, type Piece } from './history.ts';
import { endingOf } from './past.ts';
import { type Label, type Scored, score } from './score.ts';
import { type OpinionOf, simulate } from './simulate.ts';

/** The numbers one rule was shown, for a chart. */
export interface RuleNumbers {
  readonly rule: MetricRule;
  readonly piece: Piece;
}

export interface Ran {
  readonly scored: Scored;
  readonly numbers: readonly RuleNumbers[];
}

/** A policy whose rules are asked in the periods that are still kept. */
function asAsked(policy: Policy, answered: readonly Answered[]): Policy {
  const rules = new Map(answered.map(({ asked }) => [asked.rule.name, asked.rule]));
  return { ...policy, rules: policy.rules.map((rule) => rules.get(rule.name) ?? rule) };
}

/** Before the start and after the end, on a chart. */
const MARGIN = 0.15;

function numbersOf({ deployment }: Case, answered: readonly Answered[]): readonly RuleNumbers[] {
  const end = endingOf(deployment)?.until ?? deployment.startedAt;
  const margin = MARGIN * (end - deployment.startedAt);
  const window = { from: deployment.startedAt - margin, to: end + margin };
  const seen = new Map<string, RuleNumbers>();
  for (const { asked, piece } of answered) {
    const part = cut(piece, window);
    const before = seen.get(asked.rule.name);
    if (before === undefined || before.piece.points.length < part.points.length) {
      seen.set(asked.rule.name, { rule: asked.rule, piece: part });
    }
  }
  return [...seen.values()];
}

/** In the same environment, or the very same. */
function isBeside(one: DeploymentRef, other: DeploymentRef): boolean {
  return refKey({ ...one, number: 0 }) === refKey({ ...other, number: 0 });
}

export interface RunOptions {
  /** All that was deployed, wherever it was. */
  readonly deployments: readonly Deployment[];
  readonly labels: ReadonlyMap<string, Label>;
  readonly lag: Duration;
  readonly opinionOf: OpinionOf;
  nextLook(after: Instant): Instant | undefined;
  readonly signal: AbortSignal;
}

export async function runCase(one: Case, answered: readonly Answered[], options: RunOptions): Promise<Ran> {
  const { labels, lag, opinionOf, nextLook, signal } = options;
  const here = options.deployments.filter(({ ref }) => isBeside(ref, one.deployment.ref));
  const own = answered.filter(({ asked }) => asked.case === one);
  const pieces = Map.groupBy(own, ({ asked }) => asked.rule.name);
  const piecesOf = ({ name }: MetricRule) => (pieces.get(name) ?? []).map(({ piece }) => piece);
  const policy = asAsked(one.policy, own);
  const calibrationOf = pastCalibrations({ piecesOf, avoid: deployedWindows(here) });
  const simulated = await simulate({
    deployment: one.deployment,
    policy,
    piecesOf,
    calibrationOf,
    opinionOf,
    lag,
    nextLook,
    signal,
  });
  const label = labels.get(deploymentTitle(one.deployment));
  return { scored: score(one.deployment, one.policy.name, simulated, label), numbers: numbersOf(one, own) };
}
