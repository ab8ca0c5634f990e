/** Operations on deployments. */
import type { JsonObject } from '../../core/json.ts';
import { iso } from '../../core/time.ts';
import { currentDeployment, deploymentsOf } from './environments.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { appliedExtensions } from './extensions.ts';
import { versionsOf } from './hosted-versions.ts';
import { checked, jsonBody, startDeploymentInput } from './inputs.ts';
import { begin, type LogEntry } from './lifecycle.ts';
import {
  type AppConfigContext,
  applicationOf,
  type Call,
  environmentOf,
  numberLabel,
  type Operation,
  profileIn,
  tagNew,
} from './operation.ts';
import { page } from './paging.ts';
import type { Deployment, Profile, Store } from './store.ts';
import { stop } from './undo.ts';

function shownEntry(entry: LogEntry): JsonObject {
  return {
    EventType: entry.type,
    TriggeredBy: entry.triggeredBy,
    Description: entry.description,
    ActionInvocations: entry.actions,
    OccurredAt: iso(entry.at),
  };
}

/** What a list item and the whole deployment have in common. */
function common({ seq, profile, strategy, life, ...deployment }: Deployment): JsonObject {
  return {
    DeploymentNumber: seq,
    ConfigurationProfileId: profile.id,
    ConfigurationName: profile.name,
    ConfigurationVersion: deployment.version,
    DeploymentDurationInMinutes: strategy.durationMinutes,
    GrowthType: strategy.growthType,
    GrowthFactor: strategy.growthFactor,
    FinalBakeTimeInMinutes: strategy.bakeMinutes,
    State: life.state,
    PercentageComplete: life.percentage,
    StartedAt: iso(life.startedAt),
    CompletedAt: life.completedAt === undefined ? undefined : iso(life.completedAt),
    VersionLabel: deployment.versionLabel,
  };
}

function shown(context: AppConfigContext, deployment: Deployment): JsonObject {
  return {
    ApplicationId: deployment.application.id,
    EnvironmentId: deployment.environment.id,
    DeploymentStrategyId: deployment.strategy.id,
    ConfigurationLocationUri: deployment.profile.locationUri,
    Description: deployment.description,
    ...common(deployment),
    EventLog: deployment.life.log.map(shownEntry).reverse(),
    AppliedExtensions: appliedExtensions(context.extensions),
    KmsKeyIdentifier: deployment.kmsKeyIdentifier,
  };
}

interface Version {
  readonly version: string;
  readonly versionLabel?: string | undefined;
}

/** A hosted version must be there, by number or label; of configurations stored elsewhere the sandbox sees nothing. */
function resolveVersion(store: Store, profile: Profile, wanted: string): Version {
  if (profile.locationUri !== 'hosted') return { version: wanted };
  const found = versionsOf(store, profile.id).find(
    ({ number, label }) => String(number) === wanted || label === wanted,
  );
  if (found === undefined) throw notFound('HostedConfigurationVersion', wanted);
  return { version: String(found.number), versionLabel: found.label };
}

export const startDeployment: Operation = (call) => {
  const { context, request } = call;
  const { store, clock, life } = context;
  const environment = environmentOf(call);
  const input = checked(startDeploymentInput, jsonBody(request));
  const profile = profileIn(store, environment.applicationId, input.ConfigurationProfileId);
  const strategy = store.strategies.get(input.DeploymentStrategyId);
  const version = resolveVersion(store, profile, input.ConfigurationVersion);
  const running = currentDeployment(store, environment.id);
  if (running !== undefined) {
    throw conflict(`Deployment number ${running.seq} is in progress in environment ${environment.id}.`);
  }
  const latest = deploymentsOf(store, environment.id).at(-1)?.seq ?? 0;
  if (input.LatestDeploymentNumber !== undefined && input.LatestDeploymentNumber !== latest) {
    throw conflict(`The latest deployment is number ${latest}, not ${input.LatestDeploymentNumber}.`);
  }
  const { growthType: type, growthFactor: factor, durationMinutes, bakeMinutes } = strategy;
  const deployment: Deployment = {
    seq: latest + 1,
    application: applicationOf(call),
    environment,
    profile,
    strategy,
    ...version,
    description: input.Description,
    kmsKeyIdentifier: input.KmsKeyIdentifier ?? profile.kmsKeyIdentifier,
    life: begin({ type, factor, durationMinutes }, bakeMinutes, clock.now(), life),
  };
  store.deployments.set(`${environment.id}/${deployment.seq}`, deployment);
  const path = `application/${environment.applicationId}/environment/${environment.id}/deployment/${deployment.seq}`;
  tagNew(context, path, input.Tags);
  context.onWatch(environment.id);
  return { status: 201, body: shown(context, deployment) };
};

export const listDeployments: Operation = (call) => {
  const { id } = environmentOf(call);
  const all = deploymentsOf(call.context.store, id);
  const { items, nextToken } = page(all, `deployments/${id}`, call.request.query, 'newest-first');
  const Items = items.map((deployment) => ({ ...common(deployment), Type: 'USER' }));
  return { status: 200, body: { Items, NextToken: nextToken } };
};

function deploymentOf(call: Call): Deployment {
  const { id } = environmentOf(call);
  return call.context.store.deployments.get(`${id}/${numberLabel(call, 'DeploymentNumber')}`);
}

export const getDeployment: Operation = (call) => ({
  status: 200,
  body: shown(call.context, deploymentOf(call)),
});

function allowsRevert(call: Call): boolean {
  const header = call.request.headers['allow-revert'];
  if (header === undefined || header === 'false') return false;
  if (header === 'true') return true;
  throw badRequest(`Value '${header}' at 'allowRevert' failed to satisfy constraint: Member must be true or false`);
}

/** The answer AWS prints in its reference: neither state nor events. */
const MINIMAL: JsonObject = {
  DeploymentNumber: 0,
  DeploymentDurationInMinutes: 0,
  GrowthFactor: 0,
  FinalBakeTimeInMinutes: 0,
  PercentageComplete: 0,
};

export const stopDeployment: Operation = (call) => {
  const { context } = call;
  const deployment = deploymentOf(call);
  const result = stop(deployment.life, context.clock.now(), allowsRevert(call), context.account, context.life);
  if (result.kind === 'refused') throw badRequest(result.because);
  const stopped = { ...deployment, life: result.life };
  context.store.deployments.set(`${deployment.environment.id}/${deployment.seq}`, stopped);
  return { status: 202, body: context.stopAnswer === 'minimal' ? MINIMAL : shown(context, stopped) };
};
