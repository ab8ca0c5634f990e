/** The sandbox's CloudWatch as real clients use it: the newest JS SDK, and every AWS command line on this machine. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  paginateGetMetricData,
  ResourceNotFound,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { describeWith } from './support/parts.ts';

const NOW = Date.parse('2026-11-22T10:00:30Z');
const MINUTE = 60_000;
const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };

describe('the newest JS SDK', () => {
  let clock: DrivenClock;
  let sandbox: Sandbox;
  let client: CloudWatchClient;
  beforeAll(async () => {
    clock = drivenClock(NOW);
    sandbox = await startSandbox({ clock });
    client = new CloudWatchClient({ endpoint: sandbox.url, region: 'eu-west-1', credentials: KEYS, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await sandbox.stop();
  });

  it('puts a call large enough to be compressed, and pages it back', async () => {
    const at = (minute: number) => new Date(NOW - minute * MINUTE);
    const MetricData = Array.from({ length: 600 }, (_, minute) => ({
      MetricName: 'requests',
      Value: minute,
      Timestamp: at(minute + 1),
      Dimensions: [{ Name: 'Service', Value: `checkout${' '.repeat(50)}x` }],
    }));
    await client.send(new PutMetricDataCommand({ Namespace: 'app', MetricData }));
    const Metric = { Namespace: 'app', MetricName: 'requests', Dimensions: MetricData[0]?.Dimensions ?? [] };
    const input = {
      StartTime: at(601),
      EndTime: at(0),
      MaxDatapoints: 100,
      MetricDataQueries: [{ Id: 'r', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
    };
    const values: number[] = [];
    let pages = 0;
    for await (const page of paginateGetMetricData({ client }, input)) {
      pages += 1;
      values.push(...(page.MetricDataResults?.[0]?.Values ?? []));
    }
    expect(pages).toBe(6);
    expect(values).toEqual(Array.from({ length: 600 }, (_, minute) => minute));
  });

  it('reads alarms with their times, and modelled errors as their own classes', async () => {
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: 'traffic',
        Namespace: 'app',
        MetricName: 'traffic',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 10,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
    await client.send(
      new PutMetricDataCommand({ Namespace: 'app', MetricData: [{ MetricName: 'traffic', Value: 11 }] }),
    );
    await clock.advance(MINUTE);
    const { MetricAlarms: [alarm] = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['traffic'] }));
    expect(alarm).toMatchObject({
      StateValue: 'ALARM',
      StateTransitionedTimestamp: new Date('2026-11-22T10:01:00Z'),
      StateReason:
        'Threshold Crossed: 1 datapoint [11.0 (22/11/26 10:00:00)] was greater than the threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition).',
    });
    const unknown = new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: 'x' });
    const error: unknown = await client.send(unknown).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResourceNotFound);
    expect(error).toMatchObject({ message: 'Unknown alarm: none', $metadata: { httpStatusCode: 404 } });
    const noQueries = new GetMetricDataCommand({ StartTime: new Date(0), EndTime: new Date(1), MetricDataQueries: [] });
    await expect(client.send(noQueries)).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

interface CommandLine {
  readonly path: string;
  readonly version: string;
  readonly major: number;
  readonly minor: number;
}

/** Every `aws` that runs, one of each version. */
function commandLines(): readonly CommandLine[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const found = new Map<string, CommandLine>();
  for (const path of new Set(folders.map((folder) => join(folder, 'aws')))) {
    const version = existsSync(path) ? versionOf(path) : undefined;
    const [, major, minor] = /^aws-cli\/(\d+)\.(\d+)/.exec(version ?? '') ?? [];
    if (version === undefined || major === undefined || found.has(version)) continue;
    found.set(version, { path, version, major: Number(major), minor: Number(minor) });
  }
  return [...found.values()];
}

function versionOf(path: string): string | undefined {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 }).trim();
  } catch {
    // Something of that name which does not run: not a command line.
    return undefined;
  }
}

const installed = commandLines();
/** Version 2 speaks the query protocol until 2.31 or so, version 1 until 1.42; 2.9 is what Debian 12 has. */
const old = installed.filter(({ major, minor }) => (major === 2 ? minor < 20 : minor < 40));
const current = installed.filter((each) => !old.includes(each));

for (const [kind, lines] of [
  ['a current AWS command line', current],
  ['an AWS command line that speaks the query protocol (for example Debian 12: apt-get install awscli)', old],
] as const) {
  describeWith(kind, lines.length > 0)(kind, () => {
    const [line] = lines;
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await startSandbox({ clock: drivenClock(NOW) });
    });
    afterAll(() => sandbox.stop());
    const environment = {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const run = async (...args: readonly string[]): Promise<unknown> => {
      const all = ['--endpoint-url', sandbox.url, '--output', 'json', '--no-cli-pager', 'cloudwatch', ...args];
      const options = line?.major === 1 ? all.filter((arg) => arg !== '--no-cli-pager') : all;
      const { stdout } = await promisify(execFile)(line?.path ?? 'aws', options, { env: environment, timeout: 30_000 });
      return stdout.trim() === '' ? undefined : JSON.parse(stdout);
    };
    const fails = (...args: readonly string[]) => expect(run(...args)).rejects;

    it('puts and gets metric data, with math', async () => {
      const metric = { Namespace: 'app', MetricName: 'errors', Dimensions: [{ Name: 'Service', Value: 'a&b' }] };
      const datum =
        'MetricName=errors,Value=3,Unit=Count,Timestamp=2026-11-22T09:58:10Z,Dimensions=[{Name=Service,Value=a&b}]';
      await run('put-metric-data', '--namespace', 'app', '--metric-data', datum, datum);
      const queries = [
        { Id: 'e', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' } },
        { Id: 'x', Expression: 'FILL(e, 0) / 2', Label: 'half' },
      ];
      const window = ['--start-time', '2026-11-22T09:57:00Z', '--end-time', '2026-11-22T10:00:00Z'];
      const answer = await run('get-metric-data', ...window, '--metric-data-queries', JSON.stringify(queries));
      expect(answer).toMatchObject({
        MetricDataResults: [
          { Id: 'e', Label: 'errors', Values: [6], StatusCode: 'Complete' },
          { Id: 'x', Label: 'half', Values: [0, 3, 0], StatusCode: 'Complete' },
        ],
      });
      expect(await run('list-metrics', '--namespace', 'app')).toMatchObject({ Metrics: [metric] });
    });

    it('puts alarms, sets their state, describes and deletes them', async () => {
      const plain =
        '--namespace app --metric-name errors --statistic Sum --period 60 --evaluation-periods 2 --threshold 1';
      const compare = ['--comparison-operator', 'GreaterThanThreshold', '--treat-missing-data', 'ignore'];
      await run(
        'put-metric-alarm',
        '--alarm-name',
        'errors',
        ...plain.split(' '),
        ...compare,
        '--tags',
        'Key=a,Value=b',
      );
      await run('put-composite-alarm', '--alarm-name', 'all', '--alarm-rule', 'ALARM(errors) AND NOT FALSE');
      await run('set-alarm-state', '--alarm-name', 'errors', '--state-value', 'ALARM', '--state-reason', 'a drill <&>');
      const answer = await run('describe-alarms', '--alarm-types', 'MetricAlarm', 'CompositeAlarm');
      expect(answer).toMatchObject({
        MetricAlarms: [{ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a drill <&>', Threshold: 1 }],
        CompositeAlarms: [{ AlarmName: 'all', StateValue: 'ALARM', AlarmRule: 'ALARM(errors) AND NOT FALSE' }],
      });
      const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors';
      expect(await run('list-tags-for-resource', '--resource-arn', arn)).toEqual({ Tags: [{ Key: 'a', Value: 'b' }] });
      const history = await run(
        'describe-alarm-history',
        '--alarm-name',
        'errors',
        '--history-item-type',
        'StateUpdate',
      );
      expect(history).toMatchObject({
        AlarmHistoryItems: [{ HistorySummary: 'Alarm updated from INSUFFICIENT_DATA to ALARM' }],
      });
      await fails('delete-alarms', '--alarm-names', 'errors').toThrow(/ValidationError.*composite alarm all names it/s);
      await run('delete-alarms', '--alarm-names', 'all');
      await run('delete-alarms', '--alarm-names', 'errors');
      expect(await run('describe-alarms')).toMatchObject({ MetricAlarms: [] });
    });

    it('hears errors by their names', async () => {
      const state = ['--state-value', 'OK', '--state-reason', 'x'];
      await fails('set-alarm-state', '--alarm-name', 'none', ...state).toThrow(
        /\(ResourceNotFound\).*Unknown alarm: none/s,
      );
      const both = 'MetricName=a,Value=1,Values=[1]';
      await fails('put-metric-data', '--namespace', 'app', '--metric-data', both).toThrow(
        /InvalidParameterCombination/,
      );
    });
  });
}
