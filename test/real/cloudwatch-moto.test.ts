/** The sandbox's CloudWatch beside moto's, where the two are known to mean the same. */
import { beforeAll, expect, it } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type Call, type CallAnswer, callCloudWatch } from './support/cloudwatch-calls.ts';
import { startMoto } from './support/moto.ts';
import { describeWith, output } from './support/parts.ts';

const MINUTE = 60_000;
/** moto lives by the real clock. Its periods begin at the start of the request, so the requests begin at a full minute. */
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;

const at = (minutes: number) => new Date(NOW + minutes * MINUTE).toISOString();

function calls(): readonly Call[] {
  const dimensions = [{ Name: 'Service', Value: 'checkout' }];
  const data = [
    [-9, 4],
    [-9, 6],
    [-7, 1],
    [-7, 2],
    [-7, 3],
    [-4, 10],
  ];
  const Metric = { Namespace: 'app', MetricName: 'errors', Dimensions: dimensions };
  const stats = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'];
  const queries = stats.map((Stat) => ({ Id: Stat.toLowerCase(), MetricStat: { Metric, Period: 60, Stat } }));
  const window = { StartTime: at(-10), EndTime: at(0) };
  return [
    {
      operation: 'PutMetricData',
      input: {
        Namespace: 'app',
        MetricData: data.map(([minute = 0, Value]) => ({
          MetricName: 'errors',
          Dimensions: dimensions,
          Timestamp: at(minute),
          Value,
        })),
      },
    },
    { operation: 'GetMetricData', input: { ...window, MetricDataQueries: queries } },
    { operation: 'GetMetricData', input: { ...window, MetricDataQueries: queries, ScanBy: 'TimestampAscending' } },
    { operation: 'ListMetrics', input: { Namespace: 'app' } },
    { operation: 'ListMetrics', input: { Namespace: 'elsewhere' } },
    {
      operation: 'PutMetricAlarm',
      input: {
        ...Metric,
        AlarmName: 'errors',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 3,
        ComparisonOperator: 'GreaterThanThreshold',
      },
    },
    { operation: 'SetAlarmState', input: { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a drill' } },
  ];
}

describeWith('moto_server', output('moto_server', ['--help']) !== undefined)('beside moto', () => {
  let answers: Readonly<Record<'sandbox' | 'moto', readonly CallAnswer[]>>;
  beforeAll(async () => {
    await using moto = await startMoto();
    await using sandbox: Sandbox = await startSandbox({ clock: drivenClock(NOW + 1_000) });
    const run = (url: string) => callCloudWatch(url, 'query', calls());
    answers = { sandbox: await run(sandbox.url), moto: await run(moto.url) };
  });
  const results = (answer: CallAnswer | undefined) => {
    if (answer === undefined || 'error' in answer) throw new Error(`no answer: ${JSON.stringify(answer)}`);
    return answer.output;
  };

  it.each([
    ['newest first', 1],
    ['oldest first', 2],
  ])('gives the same statistics, %s', (_, index) => {
    const series = (who: 'sandbox' | 'moto') => {
      const { MetricDataResults: found } = results(answers[who][index]);
      if (!Array.isArray(found)) throw new Error('no results');
      return found.map(({ Id, Label, StatusCode, Timestamps, Values }) => ({
        Id,
        Label,
        StatusCode,
        Values,
        Timestamps: Timestamps.map((time: string) => Date.parse(time)),
      }));
    };
    expect(series('sandbox')).toEqual(series('moto'));
    expect(series('sandbox')[0]?.Values).toHaveLength(3);
  });

  it('lists the same metrics', () => {
    expect(results(answers.sandbox[3]).Metrics).toEqual(results(answers.moto[3]).Metrics);
    expect(results(answers.sandbox[4]).Metrics).toEqual([]);
  });

  it('takes the same alarm and the same state', () => {
    for (const who of ['sandbox', 'moto'] as const) {
      expect(answers[who].slice(5), who).toEqual([{ output: {} }, { output: {} }]);
    }
  });
});
