/** The sandbox's AppConfig of one account and region: the wire protocol over a store and a state machine. */
import type { Duration } from '../../core/time.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import * as applications from './applications.ts';
import * as deployments from './deployments.ts';
import * as environments from './environments.ts';
import { AppConfigError } from './errors.ts';
import { actionInvocations } from './extensions.ts';
import * as hosted from './hosted-versions.ts';
import type { EventType, LifeOptions } from './lifecycle.ts';
import { type MonitorWatch, monitorWatch } from './monitors.ts';
import type { AppConfigContext, Operation, Reply, SandboxExtension } from './operation.ts';
import * as profiles from './profiles.ts';
import { type OperationName, routeOf } from './routes.ts';
import { createStore } from './store.ts';
import * as strategies from './strategies.ts';
import * as tags from './tags.ts';

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  CreateApplication: applications.createApplication,
  ListApplications: applications.listApplications,
  GetApplication: applications.getApplication,
  UpdateApplication: applications.updateApplication,
  DeleteApplication: applications.deleteApplication,
  CreateEnvironment: environments.createEnvironment,
  ListEnvironments: environments.listEnvironments,
  GetEnvironment: environments.getEnvironment,
  UpdateEnvironment: environments.updateEnvironment,
  DeleteEnvironment: environments.deleteEnvironment,
  CreateConfigurationProfile: profiles.createConfigurationProfile,
  ListConfigurationProfiles: profiles.listConfigurationProfiles,
  GetConfigurationProfile: profiles.getConfigurationProfile,
  UpdateConfigurationProfile: profiles.updateConfigurationProfile,
  DeleteConfigurationProfile: profiles.deleteConfigurationProfile,
  CreateHostedConfigurationVersion: hosted.createHostedConfigurationVersion,
  ListHostedConfigurationVersions: hosted.listHostedConfigurationVersions,
  GetHostedConfigurationVersion: hosted.getHostedConfigurationVersion,
  DeleteHostedConfigurationVersion: hosted.deleteHostedConfigurationVersion,
  CreateDeploymentStrategy: strategies.createDeploymentStrategy,
  ListDeploymentStrategies: strategies.listDeploymentStrategies,
  GetDeploymentStrategy: strategies.getDeploymentStrategy,
  UpdateDeploymentStrategy: strategies.updateDeploymentStrategy,
  DeleteDeploymentStrategy: strategies.deleteDeploymentStrategy,
  StartDeployment: deployments.startDeployment,
  ListDeployments: deployments.listDeployments,
  GetDeployment: deployments.getDeployment,
  StopDeployment: deployments.stopDeployment,
  ListTagsForResource: tags.listTagsForResource,
  TagResource: tags.tagResource,
  UntagResource: tags.untagResource,
};

export interface AppConfigOptions {
  readonly clock: Clock;
  readonly account: string;
  readonly region: string;
  /** Whether an alarm, by ARN or name, is in ALARM now with its actions enabled: AppConfig sees no others. */
  readonly rings: (arnOrName: string) => boolean;
  readonly random?: () => number;
  readonly life: Omit<LifeOptions, 'actionsAt'>;
  readonly bakingEnvironmentState: 'DEPLOYING' | 'READY_FOR_DEPLOYMENT';
  readonly stopAnswer: 'full' | 'minimal';
  readonly extensions: readonly SandboxExtension[];
  /** Clock time between two looks at the alarms of an environment that is being deployed. */
  readonly monitorInterval: Duration;
}

export interface SandboxAppConfig {
  operationOf(request: WireRequest): string | undefined;
  handle(request: WireRequest): WireAnswer;
  /** Ends the watching of alarms. */
  stop(): Promise<void>;
}

function answerOf(reply: Reply): WireAnswer {
  const { status, headers = {} } = reply;
  if (reply.raw !== undefined) return { status, headers, body: reply.raw };
  if (reply.body === undefined) return { status, headers, body: '' };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(reply.body) };
}

/** An answer in AppConfig's way of telling an error. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  members: Readonly<Record<string, string | number>> = {},
): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ Message: message, ...members }),
  };
}

function run(request: WireRequest, context: AppConfigContext): WireAnswer {
  const route = routeOf(request.method, request.path);
  if (route === undefined) {
    const told = `The sandbox's AppConfig has no operation for ${request.method} ${request.path}.`;
    return errorAnswer(404, 'UnknownOperationException', told);
  }
  try {
    return answerOf(OPERATIONS[route.operation]({ request, labels: route.labels, context }));
  } catch (error) {
    if (error instanceof AppConfigError) return errorAnswer(error.status, error.code, error.message, error.members);
    throw error;
  }
}

export function sandboxAppConfig(options: AppConfigOptions): SandboxAppConfig {
  const store = createStore(options.random ?? Math.random);
  strategies.addPredefined(store);
  const actionsAt = (type: EventType) => actionInvocations(options.extensions, type, store.newId);
  const life: LifeOptions = { ...options.life, actionsAt };
  const monitors: MonitorWatch = monitorWatch({ ...options, store, life });
  const context: AppConfigContext = { ...options, store, life, onWatch: monitors.watch };
  return {
    operationOf: (request) => routeOf(request.method, request.path)?.operation,
    handle(request) {
      monitors.advanceAll();
      return run(request, context);
    },
    stop: monitors.stop,
  };
}
