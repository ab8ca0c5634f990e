/** A sandbox whose clock runs fast, in real time: nothing drives it, everything happens by itself. */

import {
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateEnvironmentCommand,
  GetDeploymentCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { appConfigClient, MINUTE, present } from './client.ts';

it('rolls back by a monitor without being asked', async () => {
  await using sandbox = await startSandbox({ speed: 1_200 });
  const client = appConfigClient(sandbox.url);
  const metrics = new CloudWatchClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIASANDBOX', secretAccessKey: 'not-a-secret' },
  });
  await metrics.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    }),
  );
  const application = await client.send(new CreateApplicationCommand({ Name: 'shop' }));
  const ApplicationId = present(application.Id);
  const Monitors = [{ AlarmArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors' }];
  const environment = await client.send(new CreateEnvironmentCommand({ ApplicationId, Name: 'prod', Monitors }));
  const profile = await client.send(
    new CreateConfigurationProfileCommand({ ApplicationId, Name: 'limits', LocationUri: 'ssm-parameter://limits' }),
  );
  const place = { ApplicationId, EnvironmentId: present(environment.Id) };
  const start = new StartDeploymentCommand({
    ...place,
    ConfigurationProfileId: present(profile.Id),
    ConfigurationVersion: '7',
    DeploymentStrategyId: 'AppConfig.Linear20PercentEvery6Minutes',
  });
  const number = present((await client.send(start)).DeploymentNumber);
  await sandbox.clock.sleep(10 * MINUTE);
  const ringing = { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'by the test' } as const;
  await metrics.send(new SetAlarmStateCommand(ringing));
  const asked = sandbox.requests().length;
  await sandbox.clock.sleep(5 * MINUTE);
  expect(sandbox.requests()).toHaveLength(asked);
  const { State, EventLog = [] } = await client.send(new GetDeploymentCommand({ ...place, DeploymentNumber: number }));
  expect(State).toBe('ROLLED_BACK');
  expect(EventLog.slice(0, 2)).toMatchObject([
    { EventType: 'ROLLBACK_COMPLETED', TriggeredBy: 'CLOUDWATCH_ALARM' },
    { EventType: 'ROLLBACK_STARTED', TriggeredBy: 'CLOUDWATCH_ALARM' },
  ]);
  expect(EventLog.map(({ Description }) => Description)).toContain('Configuration available to 20.00% of clients');
  metrics.destroy();
  client.destroy();
});
