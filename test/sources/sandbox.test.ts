/** The cloudwatch source and the alarm trigger against the sandbox, faults included. */
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AwsAccess } from '../../src/aws/access.ts';
import { awsCaller } from '../../src/aws/caller.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { alarm } from '../../src/triggers/alarm/index.ts';
import { deploymentAt } from '../support/deployment.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);
const SETTLE = 2 * MINUTE;
const { signal } = new AbortController();

let clock: DrivenClock;
let sandbox: Sandbox;
let client: CloudWatchClient;
let access: AwsAccess;

beforeEach(async () => {
  clock = drivenClock(START);
  sandbox = await startSandbox({ clock });
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
  client = new CloudWatchClient({ region: 'us-east-1', endpoint: sandbox.url, credentials, maxAttempts: 1 });
  access = { cloudwatch: () => client, caller: awsCaller({ target: 'test', clock }), clock };
});
afterEach(async () => {
  client.destroy();
  await sandbox.stop();
});

function put(metric: string, minute: number, value: number): void {
  sandbox.state().cloudwatch.put([{ namespace: 'App', metric, value, at: START + minute * MINUTE + 1_000 }]);
}

function query(expression: string, stat = 'Sum') {
  const names = ['errors', 'requests'].filter((name) => expression.includes(name));
  const metrics = Object.fromEntries(names.map((name) => [name, { namespace: 'App', metric: name, stat }]));
  return cloudwatch.options().parse({ kind: 'cloudwatch', period: '60s', metrics, expression });
}

test('metric math over several rules of one call: ratios, gaps, FILL, a division by zero', async () => {
  for (let minute = 0; minute < 10; minute++) {
    put('requests', minute, minute === 4 ? 0 : 100);
    if (minute % 2 === 0) put('errors', minute, minute);
  }
  await clock.advance(12 * MINUTE);
  const source = cloudwatch.open(access);
  const ask = async (text: string) => {
    const { points } = await source.query(query(text), { from: START, to: clock.now() }, SETTLE, signal);
    return points.map(({ at, value }) => `${(at - START) / MINUTE}=${value}`);
  };
  const [ratio, filled] = await Promise.all([ask('100 * errors / requests'), ask('FILL(errors, 0) + requests')]);
  expect(ratio).toEqual(['0=0', '2=2', '6=6', '8=8']);
  expect(filled).toEqual(['0=100', '1=100', '2=102', '3=100', '4=4', '5=100', '6=106', '7=100', '8=108', '9=100']);
  expect(sandbox.requests().filter(({ operation }) => operation === 'GetMetricData').length).toBe(1);
});

test.each([
  ['partial-data', 'unavailable'],
  ['internal-error', 'unavailable'],
  ['forbidden', 'auth'],
  ['throttling', 'throttled'],
  ['unavailable-html', 'unavailable'],
  ['expired-token', 'auth'],
] as const)('%s is %s, and once it is over the numbers come', async (kind, reason) => {
  put('errors', 1, 3);
  await clock.advance(5 * MINUTE);
  const source = cloudwatch.open(access);
  const ask = () => source.query(query('errors'), { from: START, to: clock.now() }, SETTLE, signal);
  sandbox.faults.add({ kind, service: 'cloudwatch' });
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ failure: { reason } });
  sandbox.faults.clear();
  expect((await ask()).points.map(({ value }) => value)).toEqual([3]);
});

test('datapoints that come late or are revised are seen', async () => {
  put('errors', 5, 8);
  sandbox.faults.add({ kind: 'revised-datapoints', metric: 'errors', by: 4 * MINUTE, factor: 0.5 });
  const source = cloudwatch.open(access);
  const seen: string[] = [];
  for (let minute = 0; minute < 12; minute++) {
    await clock.advance(MINUTE);
    const { points } = await source.query(query('errors * 1'), { from: START, to: clock.now() }, SETTLE, signal);
    seen.push(points.map(({ value, settled }) => `${value}${settled ? '' : '?'}`).join());
  }
  expect(seen).toEqual(['', '', '', '', '', '4?', '4?', '4', '4', '8', '8', '8']);
});

test('an alarm by name, prefix and tag', async () => {
  const common = {
    Namespace: 'App',
    MetricName: 'errors',
    Statistic: 'Sum' as const,
    Period: 60,
    EvaluationPeriods: 1,
  };
  const put = new PutMetricAlarmCommand({
    ...common,
    AlarmName: 'errors-high',
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 1,
    Tags: [{ Key: 'team', Value: 'shop' }],
  });
  await client.send(put);
  await clock.advance(MINUTE);
  const set = { AlarmName: 'errors-high', StateValue: 'ALARM' as const, StateReason: 'set by the test' };
  await client.send(new SetAlarmStateCommand(set));
  const trigger = alarm.open(access);
  const check = (options: Record<string, unknown>, startedAt: number) => {
    const context = { deployment: deploymentAt(startedAt), now: clock.now(), preExisting: 'ignore' as const };
    return trigger.check(alarm.options().parse({ kind: 'alarm', ...options }), context, signal);
  };
  for (const options of [{ names: ['errors-high'] }, { prefix: 'errors' }, { tags: { team: 'shop' } }]) {
    expect((await check(options, START)).kind).toBe('breached');
    expect((await check(options, START + 2 * MINUTE)).kind).toBe('inconclusive');
  }
});
