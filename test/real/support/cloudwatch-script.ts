/** Calls that touch every operation and every kind of answer, for whoever wants to compare or check answers. */
import type { Call } from './cloudwatch-calls.ts';

const MINUTE = 60_000;

/** `now` is the clock of the CloudWatch that is called; data are put into the ten minutes before it. */
export function everyOperation(now: number): readonly Call[] {
  const at = (minutes: number) => new Date(Math.floor(now / MINUTE) * MINUTE + minutes * MINUTE).toISOString();
  const dimensions = [{ Name: 'Service', Value: 'checkout <&>" é' }];
  const named = (metric: string) => ({ Namespace: 'app/test', MetricName: metric, Dimensions: dimensions });
  const stat = (id: string, metric: string, statistic: string, more: object = {}) => ({
    Id: id,
    MetricStat: { Metric: named(metric), Period: 60, Stat: statistic },
    ...more,
  });
  const datum = (metric: string, minutes: number, value: object) => ({
    MetricName: metric,
    Dimensions: dimensions,
    Timestamp: at(minutes),
    ...value,
  });
  const window = { StartTime: at(-10), EndTime: at(0) };
  const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors';
  return [
    {
      operation: 'PutMetricData',
      input: {
        Namespace: 'app/test',
        MetricData: [
          datum('errors', -5, { Value: 3, Unit: 'Count' }),
          datum('errors', -4, { Values: [1, 2, 10], Counts: [2, 1, 1] }),
          datum('errors', -2, { StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 2, Maximum: 9 } }),
          datum('requests', -5, { Value: 100 }),
          datum('requests', -4, { Value: 0 }),
          datum('requests', -3, { Value: 50.5, StorageResolution: 1 }),
          datum('requests', -2, { Value: 80 }),
        ],
      },
    },
    {
      operation: 'GetMetricData',
      input: {
        ...window,
        MetricDataQueries: [
          stat('errors', 'errors', 'Sum'),
          stat('p50', 'errors', 'p50'),
          stat('tm', 'requests', 'TM(10%:90%)'),
          stat('requests', 'requests', 'Sum', { ReturnData: false }),
          { Id: 'rate', Expression: '100 * errors / requests', Label: 'errors in <%>' },
          { Id: 'filled', Expression: 'FILL(errors, 0)' },
          { Id: 'all', Expression: 'SUM(METRICS("e"))' },
        ],
      },
    },
    {
      operation: 'GetMetricData',
      input: {
        ...window,
        ScanBy: 'TimestampAscending',
        MaxDatapoints: 2,
        MetricDataQueries: [stat('e', 'errors', 'Average')],
      },
    },
    {
      operation: 'GetMetricData',
      input: {
        ...window,
        MetricDataQueries: [{ Id: 'q', Expression: `SELECT AVG(errors) FROM "app/test" GROUP BY Service`, Period: 60 }],
      },
    },
    { operation: 'GetMetricData', input: { ...window, MetricDataQueries: [stat('e', 'unknown', 'Sum')] } },
    { operation: 'GetMetricData', input: { ...window, MetricDataQueries: [{ Id: 'Bad', Expression: '1' }] } },
    {
      operation: 'GetMetricData',
      input: { ...window, NextToken: 'bad', MetricDataQueries: [stat('e', 'errors', 'Sum')] },
    },
    { operation: 'ListMetrics', input: { Namespace: 'app/test', Dimensions: [{ Name: 'Service' }] } },
    {
      operation: 'PutMetricAlarm',
      input: {
        ...named('errors'),
        AlarmName: 'errors',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        Threshold: 2.5,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:pager'],
        Tags: [{ Key: 'team', Value: 'a&b' }],
      },
    },
    {
      operation: 'PutMetricAlarm',
      input: {
        AlarmName: 'error-rate',
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Metrics: [
          stat('e', 'errors', 'Sum', { ReturnData: false }),
          stat('r', 'requests', 'Sum', { ReturnData: false }),
          { Id: 'x', Expression: '100 * e / r', Label: 'rate' },
        ],
      },
    },
    {
      operation: 'PutMetricAlarm',
      input: {
        AlarmName: 'unusual',
        EvaluationPeriods: 1,
        ThresholdMetricId: 'band',
        ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
        Metrics: [stat('r', 'requests', 'Sum'), { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(r, 3)' }],
      },
    },
    {
      operation: 'PutMetricAlarm',
      input: { AlarmName: 'half', EvaluationPeriods: 1, ComparisonOperator: 'LessThanThreshold' },
    },
    {
      operation: 'PutCompositeAlarm',
      input: {
        AlarmName: 'both',
        AlarmRule: `ALARM(errors) AND NOT (OK("error-rate") OR FALSE)`,
        AlarmDescription: 'x < y',
      },
    },
    { operation: 'PutCompositeAlarm', input: { AlarmName: 'bad', AlarmRule: 'ALARM(nothing)' } },
    {
      operation: 'SetAlarmState',
      input: { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'by hand', StateReasonData: '{"a":1}' },
    },
    { operation: 'SetAlarmState', input: { AlarmName: 'none', StateValue: 'OK', StateReason: 'by hand' } },
    { operation: 'DescribeAlarms', input: { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] } },
    { operation: 'DescribeAlarms', input: { AlarmNamePrefix: 'err', MaxRecords: 1 } },
    { operation: 'DescribeAlarms', input: {} },
    { operation: 'DescribeAlarmHistory', input: { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] } },
    { operation: 'DisableAlarmActions', input: { AlarmNames: ['errors'] } },
    { operation: 'EnableAlarmActions', input: { AlarmNames: ['errors'] } },
    { operation: 'TagResource', input: { ResourceARN: arn, Tags: [{ Key: 'level', Value: '' }] } },
    { operation: 'ListTagsForResource', input: { ResourceARN: arn } },
    { operation: 'UntagResource', input: { ResourceARN: arn, TagKeys: ['team'] } },
    { operation: 'ListTagsForResource', input: { ResourceARN: `${arn}-none` } },
    { operation: 'DeleteAlarms', input: { AlarmNames: ['both'] } },
    { operation: 'DeleteAlarms', input: { AlarmNames: ['errors', 'none'] } },
    {
      operation: 'PutMetricData',
      input: { Namespace: 'app/test', MetricData: [{ MetricName: 'a', Value: 1, Values: [1] }] },
    },
    {
      operation: 'PutMetricData',
      input: { Namespace: 'app/test', MetricData: [{ MetricName: 'a', Value: 1, StorageResolution: 7 }] },
    },
  ];
}
