/**
 * Run inside the application's container by Node itself, on stdin: a customer of AppConfig and CloudWatch there. Deploys a
 * version that fails one request in five, until it is rolled back; then prints what became of it, and what the watchdog's
 * probes answer.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

const WITHIN = 120_000;
const options = {
  region: 'eu-west-1',
  endpoint: 'http://127.0.0.1:4570',
  credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
};
const appconfig = new AppConfigClient(options);
const cloudwatch = new CloudWatchClient(options);

const { Id: ApplicationId } = await appconfig.send(new CreateApplicationCommand({ Name: 'checkout' }));
const { Id: EnvironmentId } = await appconfig.send(new CreateEnvironmentCommand({ ApplicationId, Name: 'prod' }));
const { Id: ConfigurationProfileId } = await appconfig.send(
  new CreateConfigurationProfileCommand({ ApplicationId, Name: 'flags', LocationUri: 'hosted' }),
);
await appconfig.send(
  new CreateHostedConfigurationVersionCommand({
    ApplicationId,
    ConfigurationProfileId,
    Content: new TextEncoder().encode('{"newCheckout": true}'),
    ContentType: 'application/json',
  }),
);
const { Id: DeploymentStrategyId } = await appconfig.send(
  new CreateDeploymentStrategyCommand({
    Name: 'slow',
    DeploymentDurationInMinutes: 60,
    GrowthFactor: 10,
    FinalBakeTimeInMinutes: 10,
    ReplicateTo: 'NONE',
  }),
);
const { DeploymentNumber } = await appconfig.send(
  new StartDeploymentCommand({
    ...{ ApplicationId, EnvironmentId, ConfigurationProfileId, DeploymentStrategyId },
    ConfigurationVersion: '1',
  }),
);

const metric = (MetricName: string, Value: number) => ({ MetricName, Value });
const deployment = () => appconfig.send(new GetDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber }));

const end = performance.now() + WITHIN;
let now = await deployment();
while (now.State !== 'ROLLED_BACK' && performance.now() < end) {
  const MetricData = [metric('Requests', 100), metric('Errors', 20)];
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Checkout', MetricData }));
  await delay(400);
  now = await deployment();
}
const probe = async (path: string) => (await fetch(`http://127.0.0.1:9464${path}`)).status;
process.stdout.write(
  JSON.stringify({
    state: now.State,
    percentage: now.PercentageComplete,
    events: now.EventLog?.map(({ EventType, TriggeredBy }) => `${EventType} by ${TriggeredBy}`),
    healthz: await probe('/healthz'),
    readyz: await probe('/readyz'),
  }),
);
