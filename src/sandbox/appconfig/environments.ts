/** Operations on environments, and the state an environment shows. */
import type { JsonObject } from '../../core/json.ts';
import { conflict } from './errors.ts';
import { checked, createEnvironmentInput, jsonBody, updateEnvironmentInput } from './inputs.ts';
import { occupiesEnvironment } from './lifecycle.ts';
import {
  type AppConfigContext,
  applicationOf,
  arn,
  environmentOf,
  NO_CONTENT,
  type Operation,
  tagNew,
} from './operation.ts';
import { page } from './paging.ts';
import type { Deployment, Environment, Store } from './store.ts';

/** The deployments of an environment in the order of their numbers. */
export function deploymentsOf(store: Store, environmentId: string): readonly Deployment[] {
  return store.deployments.all().filter(({ environment }) => environment.id === environmentId);
}

/** The one that is under way or rolling back: an environment has at most one. */
export function currentDeployment(store: Store, environmentId: string): Deployment | undefined {
  return deploymentsOf(store, environmentId).find(({ life }) => occupiesEnvironment(life));
}

/** Its latest deployment decides. */
function stateOf(context: AppConfigContext, environmentId: string): string {
  const latest = deploymentsOf(context.store, environmentId).at(-1)?.life.state;
  switch (latest) {
    case undefined:
    case 'COMPLETE':
      return 'READY_FOR_DEPLOYMENT';
    case 'VALIDATING':
    case 'DEPLOYING':
      return 'DEPLOYING';
    case 'BAKING':
      return context.bakingEnvironmentState;
    default:
      return latest;
  }
}

function shown(context: AppConfigContext, environment: Environment): JsonObject {
  return {
    ApplicationId: environment.applicationId,
    Id: environment.id,
    Name: environment.name,
    Description: environment.description,
    State: stateOf(context, environment.id),
    Monitors: environment.monitors.map((monitor) => ({ ...monitor })),
  };
}

export const createEnvironment: Operation = (call) => {
  const application = applicationOf(call);
  const input = checked(createEnvironmentInput, jsonBody(call.request));
  const { store } = call.context;
  const id = store.newId();
  const environment: Environment = {
    seq: store.nextSeq(),
    id,
    applicationId: application.id,
    name: input.Name,
    description: input.Description,
    monitors: input.Monitors ?? [],
  };
  store.environments.set(id, environment);
  tagNew(call.context, `application/${application.id}/environment/${id}`, input.Tags);
  return { status: 201, body: shown(call.context, environment) };
};

export const listEnvironments: Operation = (call) => {
  const { id } = applicationOf(call);
  const inside = call.context.store.environments.all().filter(({ applicationId }) => applicationId === id);
  const { items, nextToken } = page(inside, `environments/${id}`, call.request.query);
  return { status: 200, body: { Items: items.map((one) => shown(call.context, one)), NextToken: nextToken } };
};

export const getEnvironment: Operation = (call) => ({
  status: 200,
  body: shown(call.context, environmentOf(call)),
});

export const updateEnvironment: Operation = (call) => {
  const before = environmentOf(call);
  const input = checked(updateEnvironmentInput, jsonBody(call.request));
  const after: Environment = {
    ...before,
    name: input.Name ?? before.name,
    description: input.Description ?? before.description,
    monitors: input.Monitors ?? before.monitors,
  };
  call.context.store.environments.set(after.id, after);
  call.context.onWatch(after.id);
  return { status: 200, body: shown(call.context, after) };
};

export const deleteEnvironment: Operation = (call) => {
  const { id, applicationId } = environmentOf(call);
  const { store } = call.context;
  if (currentDeployment(store, id) !== undefined) {
    throw conflict(`Cannot delete environment ${id} because a deployment is in progress in it.`);
  }
  for (const { seq } of deploymentsOf(store, id)) {
    store.deployments.delete(`${id}/${seq}`);
    store.tags.delete(arn(call.context, `application/${applicationId}/environment/${id}/deployment/${seq}`));
  }
  store.environments.delete(id);
  store.tags.delete(arn(call.context, `application/${applicationId}/environment/${id}`));
  return NO_CONTENT;
};
