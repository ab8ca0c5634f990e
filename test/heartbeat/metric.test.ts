/** The heartbeat as a metric, by the real SDK: what is put, and that an alarm by the recipe notices the end of it. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startHeartbeat } from '../../src/heartbeat/heartbeat.ts';
import type { Pulse } from '../../src/heartbeat/listener.ts';
import { metric } from '../../src/heartbeat/metric.ts';
import { drivenClock, turns } from '../../src/lib/clock.ts';
import { heartbeatSchema } from '../../src/policy/heartbeat.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { resolved, template } from '../deploy/support/cloudformation.ts';
import { read } from '../docs/documents.ts';

afterEach(() => vi.unstubAllEnvs());

const REGION = 'eu-west-1';
const NAMES = { Namespace: 'AppConfigWatchdog', Metric: 'Heartbeat', Watchdog: 'prod' };
const alarm = z.object({
  Type: z.literal('AWS::CloudWatch::Alarm'),
  Properties: z.looseObject({ AlarmName: z.string() }),
});

/** The alarm of the recipe as the API takes it. */
function alarmOfRecipe() {
  const text = read('deploy/cloudformation/heartbeat-alarm.yaml');
  const { Resources } = resolved(template(text), { ...NAMES, Topic: 'arn:aws:sns:eu-west-1:111122223333:oncall' });
  const [made] = Object.values(z.record(z.string(), z.unknown()).parse(Resources)).map((one) => alarm.parse(one));
  if (made === undefined) throw new Error('the recipe has no alarm');
  return made.Properties;
}

async function scene() {
  const clock = drivenClock(Date.UTC(2026, 10, 22, 12, 0, 0), async () => {
    for (let quiet = 0; quiet < 4; quiet = sandbox.inFlight() === 0 ? quiet + 1 : 0) await turns(20);
  });
  const sandbox = await startSandbox({ clock });
  const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
  for (const [name, value] of Object.entries({ AWS_ENDPOINT_URL: sandbox.url, ...keys })) vi.stubEnv(name, value);
  const client = new CloudWatchClient({ region: REGION, maxAttempts: 1 });
  const options = heartbeatSchema.parse({ cloudwatch: { dimensions: { Watchdog: 'prod' } } }).cloudwatch;
  if (options === undefined) throw new Error('no metric');
  const state: { pulse: Pulse; failed: number } = { pulse: { kind: 'well' }, failed: 0 };
  const listener = metric({ options, region: REGION, timeout: 10_000, clock });
  const heart = startHeartbeat({
    ...{ listener, clock, every: 60_000, start: true, unhealthy: 'fail' },
    pulse: () => state.pulse,
    onFailure: () => state.failed++,
    onBeat: () => {},
  });
  return {
    ...{ clock, sandbox, client, state, heart },
    async values() {
      const Metric = {
        Namespace: NAMES.Namespace,
        MetricName: NAMES.Metric,
        Dimensions: [{ Name: 'Watchdog', Value: 'prod' }],
      };
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({
          StartTime: new Date(clock.now() - 3_600_000),
          EndTime: new Date(clock.now() + 60_000),
          MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Minimum' } }],
          ScanBy: 'TimestampAscending',
        }),
      );
      return MetricDataResults?.[0]?.Values ?? [];
    },
    async alarmState() {
      const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
      return MetricAlarms?.[0]?.StateValue;
    },
    async [Symbol.asyncDispose]() {
      await heart.end(undefined, AbortSignal.timeout(1_000));
      listener.close();
      client.destroy();
      await sandbox.stop();
    },
  };
}

it('puts 1 while healthy and 0 while not', async () => {
  await using here = await scene();
  await here.clock.advance(150_000);
  here.state.pulse = { kind: 'ill', because: ['hangs'] };
  await here.clock.advance(120_000);
  expect(await here.values()).toEqual([1, 1, 1, 0, 0]);
  expect(here.state.failed).toBe(0);
});

it('is not put by a daemon that is gone, and the alarm of the recipe rings', async () => {
  await using here = await scene();
  await here.client.send(new PutMetricAlarmCommand(alarmOfRecipe()));
  await here.clock.advance(600_000);
  expect(await here.alarmState()).toBe('OK');
  await here.heart.end(undefined, AbortSignal.timeout(1_000));
  await here.clock.advance(600_000);
  expect(await here.alarmState()).toBe('ALARM');
});

it('rings as well for a daemon that is alive and not healthy', async () => {
  await using here = await scene();
  await here.client.send(new PutMetricAlarmCommand(alarmOfRecipe()));
  await here.clock.advance(600_000);
  expect(await here.alarmState()).toBe('OK');
  here.state.pulse = { kind: 'ill', because: ['hangs'] };
  await here.clock.advance(360_000);
  expect(await here.alarmState()).toBe('ALARM');
});
