/** The cloudwatch source and the alarm trigger against moto's CloudWatch, which this project did not write. */
import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsAccess } from '../../src/aws/access.ts';
import { awsCaller } from '../../src/aws/caller.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { alarm } from '../../src/triggers/alarm/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { describeWith, output } from './support/parts.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

describeWith('moto_server', output('moto_server', ['--help']) !== undefined)("against moto's CloudWatch", () => {
  const clock = systemClock();
  let moto: Moto;
  let client: CloudWatchClient;
  let access: AwsAccess;

  beforeAll(async () => {
    moto = await startMoto();
    const { url } = moto;
    const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
    client = new CloudWatchClient({ region: 'eu-west-1', endpoint: url, credentials });
    access = { cloudwatch: () => client, caller: awsCaller({ target: 'moto', clock }), clock };
  }, 60_000);

  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });

  const minute = (back: number) => Math.floor(clock.now() / MINUTE) * MINUTE - back * MINUTE;
  const put = (name: string, at: number, values: readonly number[]) =>
    client.send(
      new PutMetricDataCommand({
        Namespace: 'App',
        MetricData: values.map((Value) => ({
          MetricName: name,
          Dimensions: [{ Name: 'Service', Value: 'checkout' }],
          Timestamp: new Date(at + 5_000),
          Value,
        })),
      }),
    );
  const query = (name: string, stat: string) =>
    cloudwatch.options().parse({
      kind: 'cloudwatch',
      period: '60s',
      metrics: { it: { namespace: 'App', metric: name, stat, dimensions: { Service: 'checkout' } } },
    });

  test('gives back what was put, by statistic, on the grid of minutes, and gaps as gaps', async () => {
    await put('Errors', minute(6), [1, 2, 3]);
    await put('Errors', minute(4), [10]);
    const source = cloudwatch.open(access);
    const window = { from: minute(10), to: clock.now() };
    const [sum, average] = await Promise.all(
      ['Sum', 'Average'].map((stat) => source.query(query('Errors', stat), window, 2 * MINUTE, signal)),
    );
    expect(sum?.points.map(({ at, value }) => [at, value])).toEqual([
      [minute(6), 6],
      [minute(4), 10],
    ]);
    expect(average?.points.map(({ value }) => value)).toEqual([2, 10]);
    expect(sum?.growing).toBe(true);
  });

  test('a metric nobody put has no points', async () => {
    const series = await cloudwatch
      .open(access)
      .query(query('Nobody', 'Sum'), { from: minute(10), to: clock.now() }, MINUTE, signal);
    expect(series.points).toEqual([]);
  });

  test('an alarm that goes off counts for a deployment that started before, not for one that starts after', async () => {
    const name = 'latency-high';
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Namespace: 'App',
        MetricName: 'Latency',
        Statistic: 'Average',
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 1,
        Period: 60,
        EvaluationPeriods: 1,
        Tags: [{ Key: 'team', Value: 'shop' }],
      }),
    );
    const trigger = alarm.open(access);
    const check = (options: Record<string, unknown>, startedAt: number) =>
      trigger.check(
        alarm.options().parse({ kind: 'alarm', ...options }),
        { deployment: deploymentAt(startedAt), now: clock.now(), preExisting: 'ignore' },
        signal,
      );
    await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'OK', StateReason: 'fine' }));
    expect((await check({ names: [name] }, minute(5))).kind).toBe('healthy');
    const StateReason = 'p99 is 3 s';
    await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason }));
    const verdict = await check({ prefix: 'latency-' }, minute(5));
    expect(verdict.kind).toBe('breached');
    expect(verdict.because).toMatch(/alarm "latency-high" is in ALARM since .*p99 is 3 s/);
    expect((await check({ names: [name] }, clock.now() + MINUTE)).kind).toBe('inconclusive');
    expect((await check({ tags: { team: 'shop' } }, minute(5))).kind).toBe('breached');
    await expect(check({ names: ['typo'] }, minute(5))).rejects.toThrow(/there is no alarm named "typo"/);
  });
});
