/** Asks AppConfig for the deployments of the past that the policies watch, and the sources for their numbers. */
import type { AppConfigPort, Place } from '../appconfig/port.ts';
import { type Deployment, type DeploymentRef, deploymentTitle, type Named, stageOf } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import { counted } from '../lib/text.ts';
import { couldMatchApplication, couldMatchEnvironment, matches, needsTags } from '../policy/match.ts';
import type { Config, MetricRule, Policy, Target } from '../policy/schema.ts';
import { calibrationWindow } from './calibrating.ts';
import { type Piece, pieceOf } from './history.ts';
import { endingOf } from './past.ts';
import { coarserText, inPeriod, oldestKept, periodFor, perOwnPeriod } from './retention.ts';
import { windowsOf } from './stretch.ts';

/** One deployment with a policy that watches it. */
export interface Case {
  readonly deployment: Deployment;
  readonly policy: Policy;
}

export interface Gathering {
  readonly since: Instant;
  readonly now: Instant;
  /** Whether a deployment is one that was asked for. */
  wants(deployment: Deployment): boolean;
  /** Told as it goes on. */
  onProgress(text: string): void;
  /** Something could not be read; the rest goes on. */
  onGap(text: string): void;
  readonly signal: AbortSignal;
}

async function placesOf(config: Config, target: Target, port: AppConfigPort, signal: AbortSignal) {
  const applications = await port.listApplications(signal);
  const wanted = applications.filter((application) =>
    config.policies.some(({ match }) => couldMatchApplication(match, target.name, application)),
  );
  const places = wanted.map(async (application) => {
    const environments = await port.listEnvironments(application.id, signal);
    return environments
      .filter((environment) =>
        config.policies.some(({ match }) => couldMatchEnvironment(match, target.name, application, environment)),
      )
      .map(({ id, name }) => ({ application, environment: { id, name } }));
  });
  return (await Promise.all(places)).flat();
}

async function policiesOf(config: Config, deployment: Deployment, access: TargetAccess, signal: AbortSignal) {
  const facts = { target: deployment.ref.target, ...deployment };
  const candidates = config.policies.filter(({ match }) => matches({ ...match, tags: {} }, facts));
  if (!candidates.some(({ match }) => needsTags(match)) || deployment.account === undefined) {
    return candidates.filter(({ match }) => !needsTags(match));
  }
  const tags = await access.port.tagsOf(deployment.ref, deployment.account, signal);
  return candidates.filter(({ match }) => matches(match, { ...facts, tags }));
}

interface Spot {
  readonly application: Named;
  readonly environment: Named;
}

async function atPlace(
  spot: Spot,
  account: string | undefined,
  config: Config,
  target: Target,
  access: TargetAccess,
  { since, signal, wants }: Gathering,
): Promise<readonly Case[]> {
  const ids = { applicationId: spot.application.id, environmentId: spot.environment.id };
  const listed = await access.port.deploymentsSince(ids.applicationId, ids.environmentId, since, signal);
  const over = listed.filter(({ state }) => ['completed', 'undone'].includes(stageOf(state)));
  const read = over.map(async ({ number, type }) => {
    const ref: DeploymentRef = { target: target.name, region: target.region, ...ids, number };
    const place: Place = { ...spot, type, ...(account === undefined ? {} : { account }) };
    const { deployment } = await access.port.getDeployment(ref, place, signal);
    if (!wants(deployment) || endingOf(deployment) === undefined) return [];
    const policies = await policiesOf(config, deployment, access, signal);
    return policies.map((policy) => ({ deployment, policy }));
  });
  return (await Promise.all(read)).flat();
}

/** Every deployment that is over, began since then, and is watched by a policy; oldest first. */
export async function gatherCases(
  config: Config,
  target: Target,
  access: TargetAccess,
  gathering: Gathering,
): Promise<readonly Case[]> {
  const { signal, onProgress, onGap } = gathering;
  const needsAccount = config.policies.some(({ match }) => needsTags(match));
  const account = target.account ?? (needsAccount ? await access.account(signal) : undefined);
  const spots = await placesOf(config, target, access.port, signal);
  onProgress(`${target.name}: ${spots.length} environments that the policies may watch`);
  const cases: Case[] = [];
  for (const spot of spots) {
    try {
      cases.push(...(await atPlace(spot, account, config, target, access, gathering)));
    } catch (error) {
      signal.throwIfAborted();
      onGap(`${spot.application.name}/${spot.environment.name}: ${failureOf(error).message}`);
    }
  }
  return cases.toSorted((a, b) => a.deployment.startedAt - b.deployment.startedAt);
}

/** A stretch of one rule's numbers that a case is judged by. */
export interface Asked {
  readonly case: Case;
  /** In the period that is still kept of then. */
  readonly rule: MetricRule;
  readonly own: Duration;
  readonly window: Window;
}

export interface Plan {
  readonly asks: readonly Asked[];
  /** Metrics that are requested of CloudWatch. */
  readonly metrics: number;
  /** Requests to other sources. */
  readonly requests: number;
  /** Rules that cannot be judged as they will be, in words. */
  readonly notes: readonly string[];
}

/** What has to be asked, and what that costs; nothing is asked yet. `margin`: as much before and after as well. */
export function planOf(cases: readonly Case[], now: Instant, lastLook: (one: Case) => Instant): Plan {
  const notes = new Set<string>();
  const asks = cases.flatMap((one) =>
    one.policy.rules.flatMap((rule): readonly Asked[] => {
      if (!('source' in rule)) return [];
      const end = lastLook(one);
      const oldest = Math.min(
        one.deployment.startedAt,
        ...windowsOf(rule, one.deployment, end).map(({ from }) => from),
      );
      const period = periodFor(rule, oldest, now);
      if (period !== rule.source.period) notes.add(coarserText(rule, period));
      const asked = inPeriod(rule, period);
      const before = calibrationWindow(asked, one.deployment);
      const kept = before && { from: Math.max(before.from, oldestKept(asked, now)), to: before.to };
      const windows = [
        ...windowsOf(asked, one.deployment, end),
        ...(kept !== undefined && kept.from < kept.to ? [kept] : []),
      ];
      return windows.map((window) => ({ case: one, rule: asked, own: rule.source.period, window }));
    }),
  );
  const weight = ({ rule: { source } }: Asked) =>
    source.kind === 'cloudwatch' ? Math.max(1, Object.keys(source.metrics).length) : 0;
  return {
    asks,
    metrics: asks.reduce((sum, ask) => sum + weight(ask), 0),
    requests: asks.filter(({ rule }) => rule.source.kind !== 'cloudwatch').length,
    notes: [...notes],
  };
}

/** The answer to one ask; a failure is a gap that leaves its rule unknown. */
export interface Answered {
  readonly asked: Asked;
  readonly piece: Piece;
}

/** Deployments whose numbers are asked at once: those of one are packed into as few calls as there can be. */
const AT_ONCE = 8;

async function answer(asked: Asked, access: TargetAccess, { signal, onGap }: Gathering): Promise<readonly Answered[]> {
  const { rule, window, own } = asked;
  const { deployment } = asked.case;
  try {
    const query = access.source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const series = await access.source.query(query, window, rule.settle, signal);
    return [{ asked, piece: perOwnPeriod(pieceOf(series, window), own) }];
  } catch (error) {
    signal.throwIfAborted();
    onGap(`${deploymentTitle(deployment)}, rule ${rule.name}: ${failureOf(error).message}`);
    return [];
  }
}

/** Asks everything of a plan that is about one target. */
export async function gatherNumbers(
  asks: readonly Asked[],
  access: TargetAccess,
  gathering: Gathering,
): Promise<readonly Answered[]> {
  const byCase = Map.groupBy(asks, (asked) => asked.case);
  const groups = [...byCase.values()];
  const answered: Answered[] = [];
  for (let first = 0; first < groups.length; first += AT_ONCE) {
    const some = groups.slice(first, first + AT_ONCE).flat();
    answered.push(...(await Promise.all(some.map((asked) => answer(asked, access, gathering)))).flat());
    gathering.onProgress(
      `numbers of ${Math.min(groups.length, first + AT_ONCE)} of ${counted(groups.length, 'deployment')}`,
    );
  }
  return answered;
}
