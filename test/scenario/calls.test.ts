/** What a hundred deployments cost in calls and billed metrics: exactly as little as AWS's limits allow. */
import {
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { expect, test } from 'vitest';
import { aPolicy, fileOf } from './support/policy.ts';
import { type World, world } from './support/world.ts';

const APPLICATIONS = 5;
const ENVIRONMENTS_EACH = 20;
const DEPLOYMENTS = APPLICATIONS * ENVIRONMENTS_EACH;
const RULES = 5;
const MINUTES = 3;
const POLLS = 4 * MINUTES;
/** Two metrics and the expression, which stands in the call of its metrics; a call takes 500. */
const RULES_A_CALL = Math.floor(500 / 3);

const applications = Array.from({ length: APPLICATIONS }, (_, index) => `shop-${index}`);
const environments = Array.from({ length: ENVIRONMENTS_EACH }, (_, index) => `prod-${index}`);

function ruleOf(service: string, rule: number) {
  const metric = (name: string) => ({
    ...{ namespace: 'Shop', metric: name, stat: 'Sum' },
    dimensions: { Service: `${service}-${rule}` },
  });
  return {
    name: `rule-${rule}`,
    source: {
      kind: 'cloudwatch',
      period: '60s',
      metrics: { errors: metric('Errors'), requests: metric('Requests') },
      expression: '100 * errors / requests',
    },
    judge: { kind: 'threshold', above: 1, breaching: '2 of 3' },
  };
}

const policies = applications.flatMap((application) =>
  environments.map((environment) =>
    aPolicy({
      name: `${application}-${environment}`,
      match: { application, environment },
      rules: Array.from({ length: RULES }, (_, rule) => ruleOf(`${application}-${environment}`, rule)),
    }),
  ),
);

/** A version of one profile, deployed slowly to every environment of one application. */
async function deployEverywhere(here: World, application: string): Promise<void> {
  const { client } = here;
  const { applicationId: ApplicationId, profileId: ConfigurationProfileId } = await here.openShop({ application });
  const { Id } = await client.send(
    new CreateDeploymentStrategyCommand({
      ...{ Name: `${application}-slow`, GrowthType: 'LINEAR', GrowthFactor: 1, ReplicateTo: 'NONE' },
      ...{ DeploymentDurationInMinutes: 100, FinalBakeTimeInMinutes: 0 },
    }),
  );
  const place = { ApplicationId, ConfigurationProfileId };
  const Content = new TextEncoder().encode('{}');
  await client.send(
    new CreateHostedConfigurationVersionCommand({ ...place, Content, ContentType: 'application/json' }),
  );
  for (const Name of environments) {
    const { Id: EnvironmentId } = await client.send(new CreateEnvironmentCommand({ ApplicationId, Name }));
    await client.send(
      new StartDeploymentCommand({ ...place, EnvironmentId, DeploymentStrategyId: Id, ConfigurationVersion: '1' }),
    );
  }
}

test('a hundred deployments of five rules are asked with the fewest calls, and each metric once a period', async () => {
  let billed = 0;
  await using here = await world({
    policy: fileOf(policies),
    silent: true,
    daemon: false,
    timeout: 60_000,
    onQueries: ({ asked }) => {
      billed += asked;
    },
  });
  for (const application of applications) await deployEverywhere(here, application);
  await here.restart();
  await here.until('every deployment is watched', () => here.daemon.state().watches.length === DEPLOYMENTS);
  // Until the cycles are all alike, and between two of them: polls come at each quarter of a minute.
  await here.advance('3m');
  await here.advance(`${22_500 - (here.clock.now() % 15_000)}ms`);
  const since = here.clock.now();
  billed = 0;
  await here.advance(`${MINUTES}m`);
  expect({
    billed,
    GetMetricData: here.calls('GetMetricData', since),
    GetDeployment: here.calls('GetDeployment', since),
    ListEnvironments: here.calls('ListEnvironments', since),
    ListDeployments: here.calls('ListDeployments', since),
  }).toEqual({
    billed: DEPLOYMENTS * RULES * 2 * MINUTES,
    GetMetricData: Math.ceil((DEPLOYMENTS * RULES) / RULES_A_CALL) * MINUTES,
    GetDeployment: DEPLOYMENTS * POLLS,
    ListEnvironments: APPLICATIONS * POLLS,
    // The sweep: each environment once a minute.
    ListDeployments: DEPLOYMENTS * MINUTES,
  });
});
