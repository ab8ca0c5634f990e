/** Operations on deployment strategies, and the ones AppConfig brings along. */
import type { JsonObject } from '../../core/json.ts';
import { badRequest } from './errors.ts';
import { checked, createStrategyInput, jsonBody, updateStrategyInput } from './inputs.ts';
import { arn, type Call, idLabel, NO_CONTENT, type Operation, tagNew } from './operation.ts';
import { page } from './paging.ts';
import type { GrowthType } from './rollout.ts';
import type { Store, Strategy } from './store.ts';

/** Name, duration and bake in minutes, growth: as the user guide lists them. */
const PREDEFINED: readonly (readonly [string, number, number, GrowthType, number, string])[] = [
  ['AppConfig.AllAtOnce', 0, 10, 'LINEAR', 100, 'Quick'],
  ['AppConfig.Linear50PercentEvery30Seconds', 1, 1, 'LINEAR', 50, 'Test/Demo'],
  ['AppConfig.Canary10Percent20Minutes', 20, 10, 'EXPONENTIAL', 10, 'AWS Recommended'],
  ['AppConfig.Linear20PercentEvery6Minutes', 30, 30, 'LINEAR', 20, 'AWS Recommended'],
];

/** Puts the predefined strategies into a new store. */
export function addPredefined(store: Store): void {
  for (const [id, durationMinutes, bakeMinutes, growthType, growthFactor, description] of PREDEFINED) {
    const seq = store.nextSeq();
    const growth = { durationMinutes, bakeMinutes, growthType, growthFactor };
    store.strategies.set(id, { seq, id, name: id, description, ...growth, replicateTo: 'NONE' });
  }
}

function shown(strategy: Strategy): JsonObject {
  return {
    Id: strategy.id,
    Name: strategy.name,
    Description: strategy.description,
    DeploymentDurationInMinutes: strategy.durationMinutes,
    GrowthType: strategy.growthType,
    GrowthFactor: strategy.growthFactor,
    FinalBakeTimeInMinutes: strategy.bakeMinutes,
    ReplicateTo: strategy.replicateTo,
  };
}

function strategyOf(call: Call): Strategy {
  return call.context.store.strategies.get(idLabel(call, 'DeploymentStrategyId'));
}

function refusePredefined(strategy: Strategy, verb: string): void {
  if (strategy.id.startsWith('AppConfig.')) {
    throw badRequest(`Cannot ${verb} predefined Deployment Strategy ${strategy.id}.`);
  }
}

export const createDeploymentStrategy: Operation = ({ request, context }) => {
  const input = checked(createStrategyInput, jsonBody(request));
  const { store } = context;
  const id = store.newId();
  const strategy: Strategy = {
    seq: store.nextSeq(),
    id,
    name: input.Name,
    description: input.Description,
    durationMinutes: input.DeploymentDurationInMinutes,
    bakeMinutes: input.FinalBakeTimeInMinutes,
    growthType: input.GrowthType,
    growthFactor: input.GrowthFactor,
    replicateTo: input.ReplicateTo,
  };
  store.strategies.set(id, strategy);
  tagNew(context, `deploymentstrategy/${id}`, input.Tags);
  return { status: 201, body: shown(strategy) };
};

export const listDeploymentStrategies: Operation = ({ request, context }) => {
  const { items, nextToken } = page(context.store.strategies.all(), 'strategies', request.query);
  return { status: 200, body: { Items: items.map(shown), NextToken: nextToken } };
};

export const getDeploymentStrategy: Operation = (call) => ({ status: 200, body: shown(strategyOf(call)) });

export const updateDeploymentStrategy: Operation = (call) => {
  const before = strategyOf(call);
  refusePredefined(before, 'update');
  const input = checked(updateStrategyInput, jsonBody(call.request));
  const after: Strategy = {
    ...before,
    description: input.Description ?? before.description,
    durationMinutes: input.DeploymentDurationInMinutes ?? before.durationMinutes,
    bakeMinutes: input.FinalBakeTimeInMinutes ?? before.bakeMinutes,
    growthType: input.GrowthType ?? before.growthType,
    growthFactor: input.GrowthFactor ?? before.growthFactor,
  };
  call.context.store.strategies.set(after.id, after);
  return { status: 200, body: shown(after) };
};

export const deleteDeploymentStrategy: Operation = (call) => {
  const strategy = strategyOf(call);
  refusePredefined(strategy, 'delete');
  call.context.store.strategies.delete(strategy.id);
  call.context.store.tags.delete(arn(call.context, `deploymentstrategy/${strategy.id}`));
  return NO_CONTENT;
};
