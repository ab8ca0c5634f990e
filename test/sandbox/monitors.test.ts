/** Native monitors: an alarm of the environment rolls a deployment back, also while nobody asks. */

import { UpdateEnvironmentCommand } from '@aws-sdk/client-appconfig';
import {
  CloudWatchClient,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { MINUTE, ORIGIN, type Stage, stage } from './client.ts';

const ALARM = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-errors';

function cloudwatchOf(on: Stage): CloudWatchClient {
  return new CloudWatchClient({
    endpoint: on.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIASANDBOX', secretAccessKey: 'not-a-secret' },
  });
}

async function withAlarm(on: Stage) {
  const client = cloudwatchOf(on);
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'checkout-errors',
      Namespace: 'Checkout',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    }),
  );
  return async (state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA') => {
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'checkout-errors', StateValue: state, StateReason: 'by the test' }),
    );
  };
}

describe('monitors', () => {
  it('roll back a deployment under way without being asked', async () => {
    await using on = await stage({ rollbackDuration: MINUTE }, [{ AlarmArn: ALARM }]);
    const set = await withAlarm(on);
    await set('OK');
    const number = await on.start({});
    await on.clock.advance(6 * MINUTE);
    expect((await on.get(number)).State).toBe('DEPLOYING');
    await set('ALARM');
    // Nothing is asked in between: the rollback must have begun by itself, not when this test looks again.
    await on.clock.advance(5 * MINUTE);
    const { State, EventLog = [] } = await on.get(number);
    expect(State).toBe('ROLLED_BACK');
    expect(EventLog[1]).toMatchObject({ EventType: 'ROLLBACK_STARTED', TriggeredBy: 'CLOUDWATCH_ALARM' });
    expect(EventLog[1]?.Description).toContain(ALARM);
    expect(Number(EventLog[1]?.OccurredAt)).toBeLessThanOrEqual(ORIGIN + 6 * MINUTE + 10_000);
  });

  it('act while it bakes, and no more when it is complete', async () => {
    await using on = await stage({}, [{ AlarmArn: ALARM }]);
    const set = await withAlarm(on);
    await set('OK');
    const first = await on.start({});
    await on.clock.advance(25 * MINUTE);
    await set('ALARM');
    await on.clock.advance(MINUTE);
    expect((await on.get(first)).State).toBe('ROLLED_BACK');
    await set('OK');
    const second = await on.start({});
    await on.clock.advance(30 * MINUTE);
    expect((await on.get(second)).State).toBe('COMPLETE');
    await set('ALARM');
    await on.clock.advance(MINUTE);
    expect((await on.get(second)).State).toBe('COMPLETE');
  });

  it('do not take INSUFFICIENT_DATA for an alarm', async () => {
    await using on = await stage({}, [{ AlarmArn: ALARM }]);
    const set = await withAlarm(on);
    await set('INSUFFICIENT_DATA');
    const number = await on.start({});
    await on.clock.advance(6 * MINUTE);
    expect((await on.get(number)).State).toBe('DEPLOYING');
  });

  it('are not told of an alarm while its actions are disabled', async () => {
    await using on = await stage({}, [{ AlarmArn: ALARM }]);
    const set = await withAlarm(on);
    const AlarmNames = ['checkout-errors'];
    await cloudwatchOf(on).send(new DisableAlarmActionsCommand({ AlarmNames }));
    await set('ALARM');
    const number = await on.start({});
    await on.clock.advance(6 * MINUTE);
    expect((await on.get(number)).State).toBe('DEPLOYING');
    await cloudwatchOf(on).send(new EnableAlarmActionsCommand({ AlarmNames }));
    await on.clock.advance(MINUTE);
    expect((await on.get(number)).State).toBe('ROLLED_BACK');
  });

  it('act as soon as they are put on an environment that is being deployed', async () => {
    await using on = await stage();
    const set = await withAlarm(on);
    await set('ALARM');
    const number = await on.start({});
    await on.clock.advance(MINUTE);
    expect((await on.get(number)).State).toBe('DEPLOYING');
    const { applicationId: ApplicationId, environmentId: EnvironmentId } = on;
    await on.client.send(
      new UpdateEnvironmentCommand({ ApplicationId, EnvironmentId, Monitors: [{ AlarmArn: ALARM }] }),
    );
    await on.clock.advance(MINUTE);
    expect((await on.get(number)).State).toBe('ROLLED_BACK');
  });
});
