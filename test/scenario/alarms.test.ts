/** CloudWatch alarms as the reason: old ones, new ones, mute ones, composite ones, missing ones. */
import {
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { alarmRule, policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

const NAME = 'checkout-latency-high';
const RULES = { rules: [alarmRule([NAME])] };

async function putAlarm(here: World, name = NAME): Promise<void> {
  await here.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
}

/** An alarm nothing but a hand changes: its metric does not exist. */
async function putByHand(here: World, state: StateValue, name = NAME): Promise<void> {
  await here.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: 'Elsewhere',
      MetricName: 'Nothing',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    }),
  );
  await ring(here, state, name);
}

async function ring(here: World, state: StateValue, name = NAME): Promise<void> {
  await here.cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: `set ${state}` }),
  );
}

const lastVerdict = (here: World) => here.of('rule-judged').at(-1)?.verdict;

test('an alarm that goes off by its metric during the rollout stops it', async () => {
  await using here = await world({ policy: policy(RULES) });
  await putAlarm(here);
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-decided')[0]?.because[0]).toMatch(
    /^pager: alarm "checkout-latency-high" is in ALARM since .*: Threshold Crossed/,
  );
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['recovered']);
  expect(here.stopCalls()).toBe(1);
});

test('an alarm that rings since before the start is ignored until it clears and rings again', async () => {
  await using here = await world({ policy: policy(RULES), badErrorRate: 0 });
  await putByHand(here, 'ALARM');
  await here.advance('1m');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('5m');
  expect(here.stopCalls()).toBe(0);
  expect(lastVerdict(here)?.kind).toBe('inconclusive');
  expect(lastVerdict(here)?.because).toContain('from before the deployment started');
  await ring(here, 'OK');
  await here.advance('1m');
  expect(lastVerdict(here)?.kind).toBe('healthy');
  await ring(here, 'ALARM');
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('an alarm that rings since before the start stops under preExisting: stop', async () => {
  await using here = await world({ policy: policy({ ...RULES, preExisting: 'stop' }) });
  await putByHand(here, 'ALARM');
  await here.advance('1m');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('INSUFFICIENT_DATA is not guilt', async () => {
  await using here = await world({ policy: policy(RULES) });
  await putByHand(here, 'OK');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('3m');
  await ring(here, 'INSUFFICIENT_DATA');
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  expect(lastVerdict(here)?.kind).toBe('inconclusive');
});

test('INSUFFICIENT_DATA is guilt where the rule says so', async () => {
  await using here = await world({ policy: policy({ rules: [alarmRule([NAME], { insufficientData: 'breached' })] }) });
  await putByHand(here, 'OK');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('3m');
  await ring(here, 'INSUFFICIENT_DATA');
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('a composite alarm stops when its rule comes true', async () => {
  await using here = await world({ policy: policy({ rules: [alarmRule(['both'])] }) });
  await putByHand(here, 'OK', 'one');
  await putByHand(here, 'OK', 'two');
  await here.cloudwatch.send(
    new PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: 'ALARM("one") AND ALARM("two")' }),
  );
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  await ring(here, 'ALARM', 'one');
  await here.advance('2m');
  expect(here.stopCalls()).toBe(0);
  await ring(here, 'ALARM', 'two');
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-decided')[0]?.because[0]).toContain('alarm "both" is in ALARM');
});

test('an alarm that does not exist is unknown and told, not health and not harm', async () => {
  await using here = await world({ policy: policy({ ...RULES, onUnknown: { after: '2m', do: 'hold' } }) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).toEqual(['unknown']);
  const [told, ...more] = here.of('rule-unknown-too-long');
  expect(more).toEqual([]);
  expect(told?.failure).toMatchObject({ reason: 'not-found' });
  expect(told?.failure.message).toContain('there is no alarm named "checkout-latency-high"');
});
