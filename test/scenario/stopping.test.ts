/** StopDeployment answered badly, not at all, late, or overtaken by somebody else. */
import { StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { policy } from './support/policy.ts';
import { LINEAR, type World, world } from './support/world.ts';

/** An alarm nothing but a hand changes: its metric does not exist. */
async function putMuteAlarm(here: World, name: string): Promise<void> {
  await here.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: 'Elsewhere',
      MetricName: 'Silent',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    }),
  );
}

const rollbacksStarted = async (here: World, number: number) =>
  (await here.shop.get(number)).EventLog?.filter(({ EventType }) => EventType === 'ROLLBACK_STARTED');

test.each([
  ['throttling', 'throttled', 429],
  ['internal-server-error', 'unavailable', 500],
  ['unavailable-html', 'unavailable', 503],
  ['reset', 'network', undefined],
  ['hang', 'timeout', undefined],
] as [FaultKind, string, number | undefined][])(
  'StopDeployment that answers %s is retried within the budget',
  async (kind, reason, status) => {
    await using here = await world();
    const number = await here.shop.deploy({ flag: 'bad' });
    here.sandbox.faults.add({ kind, operation: 'StopDeployment', count: 3 });
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    const failed = here.of('stop-attempt-failed');
    expect(failed.map((event) => [event.attempt, event.failure.reason, event.willRetry])).toEqual([
      [1, reason, true],
      [2, reason, true],
      [3, reason, true],
    ]);
    expect(failed.map((event) => event.failure.status)).toEqual([status, status, status]);
    // Waits grow, with jitter (half of it here), and none is longer than the budget.
    expect(failed.map((event) => event.retryIn)).toEqual([250, 500, 1_000]);
    expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([{ kind: 'rolled-back', attempts: 4 }]);
    expect(here.of('stop-requested')).toHaveLength(1);
    expect(here.stopCalls()).toBe(4);
  },
);

test('an answer lost after the stop was taken is one effective stop, and the outcome says rolled-back', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  here.sandbox.faults.add({ kind: 'lost-answer', operation: 'StopDeployment', count: 1 });
  await here.untilReleased();
  expect(await rollbacksStarted(here, number)).toHaveLength(1);
  expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([{ kind: 'rolled-back', attempts: 2 }]);
  expect(here.of('stop-attempt-failed').map(({ failure, willRetry }) => [failure.reason, willRetry])).toEqual([
    ['network', true],
    ['rejected', false],
  ]);
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['recovered']);
});

test('403 is told at once as failed, and tried again for as long as the deployment runs', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  const fault = here.sandbox.faults.add({ kind: 'expired-token', operation: 'StopDeployment' });
  await here.until('the stop failed', () => here.of('stop-failed').length > 0);
  expect(here.of('stop-failed')[0]).toMatchObject({ attempts: 1, failure: { reason: 'auth', status: 403 } });
  expect(here.of('stop-attempt-failed')[0]).toMatchObject({ attempt: 1, willRetry: false });
  await here.advance('3m');
  const tries = here.of('stop-failed').length;
  expect(tries).toBeGreaterThanOrEqual(3);
  expect(here.stopCalls()).toBe(tries);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-settled').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
});

/** StopDeployment alone says that there is no such deployment. */
function stopNotFound(access: TargetAccess, times: number): TargetAccess {
  let left = times;
  const failure = {
    reason: 'not-found',
    retryable: false,
    status: 404,
    message: 'StopDeployment: no deployment',
  } as const;
  return {
    ...access,
    port: {
      ...access.port,
      async stopDeployment(ref, options, signal) {
        if (left-- > 0) throw new FailureError(failure);
        return access.port.stopDeployment(ref, options, signal);
      },
    },
  };
}

test('404 is told at once as failed, and tried again for as long as the deployment runs', async () => {
  await using here = await world({ between: (access) => stopNotFound(access, 2) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-failed').map((event) => [event.failure.reason, event.attempts])).toEqual([
    ['not-found', 1],
    ['not-found', 1],
  ]);
  expect(here.stopCalls()).toBe(1);
});

test('a budget that is used up is told, and a later cycle stops the deployment', async () => {
  await using here = await world({ rollout: { ...LINEAR, minutes: 30, bakeMinutes: 30 } });
  const number = await here.shop.deploy({ flag: 'bad' });
  const fault = here.sandbox.faults.add({ kind: 'internal-server-error', operation: 'StopDeployment' });
  await here.until('the budget is used up', () => here.of('stop-failed').length > 0);
  const [failed] = here.of('stop-failed');
  expect(failed?.duration).toBeLessThanOrEqual(120_000);
  expect(failed?.duration).toBeGreaterThan(90_000);
  expect(failed?.attempts).toBe(here.stopCalls());
  expect(here.of('stop-attempt-failed').at(-1)?.willRetry).toBe(false);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(await rollbacksStarted(here, number)).toHaveLength(1);
  expect(here.of('stop-requested').map((event) => event.resumes)).toEqual([false, true]);
});

test('a rollback that takes longer than its deadline is told as overdue, and settled later', async () => {
  await using here = await world({ sandbox: { rollbackDuration: 15 * 60_000 } });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-overdue').map((event) => event.state)).toEqual(['ROLLING_BACK']);
  expect(here.of('stop-overdue')[0]?.waited).toBeGreaterThanOrEqual(600_000);
  expect(here.of('stop-failed').map((event) => event.failure.reason)).toEqual(['timeout']);
  expect(here.of('stop-settled').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
  expect(here.stopCalls()).toBe(1);
});

test('GetDeployment that fails while the rollback is followed is asked again until it answers', async () => {
  await using here = await world({ policy: policy({}, { poll: '0 * * * * *' }) });
  const number = await here.shop.deploy({ flag: 'bad' });
  here.killWhen((event) => {
    if (event.kind === 'stop-answered') {
      here.sandbox.faults.add({ kind: 'internal-server-error', operation: 'GetDeployment', count: 12 });
    }
    return false;
  });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([{ kind: 'rolled-back', attempts: 1 }]);
  expect(here.stopCalls()).toBe(1);
});

test('rolled back by somebody else in the same moment is already over, not our rollback', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  const { applicationId: ApplicationId, environmentId: EnvironmentId } = here.shop;
  const stopIt = new StopDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: number });
  here.sandbox.faults.add({ kind: 'throttling', operation: 'StopDeployment', count: 2 });
  await here.until('a stop was tried', () => here.stopCalls() > 0);
  await here.client.send(stopIt);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  const [settled] = here.of('stop-settled');
  expect(settled?.outcome).toMatchObject({ kind: 'already-over', state: 'ROLLED_BACK' });
  expect(await rollbacksStarted(here, number)).toHaveLength(1);
});

test('a native monitor that rolls back in the same moment is already over, and the record names it', async () => {
  const name = 'checkout-5xx';
  const arn = `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}`;
  await using here = await world({
    shop: { monitors: [{ AlarmArn: arn, AlarmRoleArn: 'arn:aws:iam::111122223333:role/monitor' }] },
  });
  await putMuteAlarm(here, name);
  const number = await here.shop.deploy({ flag: 'bad' });
  here.sandbox.faults.add({ kind: 'throttling', operation: 'StopDeployment', count: 8 });
  await here.until('a stop was tried', () => here.stopCalls() > 0);
  await here.cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: 'by hand' }),
  );
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-settled')[0]?.outcome).toMatchObject({ kind: 'already-over', state: 'ROLLED_BACK' });
  expect(here.of('stop-settled')[0]?.snapshot.events.at(-1)?.triggeredBy).toBe('CLOUDWATCH_ALARM');
  expect(here.of('watch-released')[0]?.because).toContain('CLOUDWATCH_ALARM');
});

test('a monitor that rolls back between two tries is not taken for our stop', async () => {
  const name = 'checkout-5xx';
  await using here = await world({
    shop: {
      monitors: [
        {
          AlarmArn: `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}`,
          AlarmRoleArn: 'arn:aws:iam::111122223333:role/monitor',
        },
      ],
    },
  });
  await putMuteAlarm(here, name);
  const number = await here.shop.deploy({ flag: 'bad' });
  here.sandbox.faults.add({ kind: 'expired-token', operation: 'StopDeployment' });
  await here.until('a stop failed', () => here.of('stop-failed').length > 0);
  await here.cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: 'by hand' }),
  );
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-settled').map((event) => event.outcome.kind)).toEqual(['already-over']);
  expect(here.of('watch-released')[0]?.because).toContain('CLOUDWATCH_ALARM');
});

test('the answer AWS prints in its reference, without state or events, is recorded and followed all the same', async () => {
  await using here = await world({ sandbox: { stopAnswer: 'minimal' } });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-answered')[0]?.answer).not.toHaveProperty('State');
  expect(here.of('stop-settled')[0]?.outcome).toEqual({ kind: 'rolled-back', attempts: 1 });
});
