/** Alarms over time: they judge themselves, composites follow, and hands only hold until the next look. */
import { describe, expect, it } from 'vitest';
import { MINUTE, metricQuery, START, type TestRoom, testRoom } from './support/room.ts';

const PLAIN = {
  AlarmName: 'errors',
  Namespace: 'app',
  MetricName: 'errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanThreshold',
};

/** One value in each minute from the start on; undefined leaves the minute out. */
async function live(room: TestRoom, values: readonly (number | undefined)[]): Promise<void> {
  for (const value of values) {
    if (value !== undefined) room.cloudwatch.put([{ namespace: 'app', metric: 'errors', value }]);
    await room.clock.advance(MINUTE);
  }
}

function put(room: TestRoom, alarm: object): void {
  const operation = 'AlarmRule' in alarm ? 'PutCompositeAlarm' : 'PutMetricAlarm';
  expect(room.json(operation, alarm)).toMatchObject({ status: 200 });
}

function describeOne(room: TestRoom, name: string) {
  const { body } = room.json('DescribeAlarms', { AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  const [alarm] = [...(body.MetricAlarms ?? []), ...(body.CompositeAlarms ?? [])];
  if (alarm === undefined) throw new Error(`no alarm ${name}`);
  return alarm;
}

const seconds = (at: number) => at / 1_000;

describe('a metric alarm', () => {
  it('begins unchecked', () => {
    const room = testRoom();
    put(room, PLAIN);
    expect(describeOne(room, 'errors')).toMatchObject({
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors',
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
      StateTransitionedTimestamp: seconds(START),
    });
  });

  it('goes to ALARM at the end of the second breaching minute, however late somebody asks, in the words of CloudWatch', async () => {
    const room = testRoom();
    put(room, PLAIN);
    await live(room, [0, 5, 4, 0]);
    expect(describeOne(room, 'errors')).toMatchObject({
      StateValue: 'ALARM',
      StateReason:
        'Threshold Crossed: 2 out of the last 3 datapoints [4.0 (22/11/26 10:02:00), 5.0 (22/11/26 10:01:00)] were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).',
      StateTransitionedTimestamp: seconds(START + 3 * MINUTE),
      StateUpdatedTimestamp: seconds(START + 3 * MINUTE),
    });
  });

  it('recovers, and tells its history', async () => {
    const room = testRoom();
    put(room, PLAIN);
    await live(room, [0, 5, 4, 0, 0]);
    const alarm = describeOne(room, 'errors');
    expect(alarm.StateValue).toBe('OK');
    expect(alarm.StateReason).toMatch(
      /^Threshold Crossed: 2 out of the last 3 datapoints \[0\.0 \(22\/11\/26 10:04:00\), 0\.0 \(22\/11\/26 10:03:00\)\] were not greater than the threshold \(1\.0\) \(minimum 2 datapoints for ALARM -> OK transition\)\.$/,
    );
    const { body } = room.json('DescribeAlarmHistory', { AlarmName: 'errors', HistoryItemType: 'StateUpdate' });
    expect(body.AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from ALARM to OK',
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
    ]);
  });

  it.each([
    ['missing', 'INSUFFICIENT_DATA', 'Insufficient Data: 3 datapoints were unknown.'],
    ['ignore', 'OK', undefined],
    ['notBreaching', 'OK', undefined],
    [
      'breaching',
      'ALARM',
      'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].',
    ],
  ])('treats silence as %s', async (TreatMissingData, state, reason) => {
    const room = testRoom();
    put(room, { ...PLAIN, TreatMissingData, DatapointsToAlarm: 3 });
    await live(room, [0, 0, 0, undefined, undefined, undefined, undefined, undefined]);
    const alarm = describeOne(room, 'errors');
    expect(alarm.StateValue).toBe(state);
    if (reason !== undefined) expect(alarm.StateReason).toBe(reason);
  });

  it('does not know what arrived after it looked', async () => {
    const room = testRoom();
    put(room, { ...PLAIN, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    await live(room, [0, 0, undefined]);
    await room.clock.advance(10_000);
    room.cloudwatch.put([{ namespace: 'app', metric: 'errors', value: 9, at: START + 2 * MINUTE }]);
    expect(room.cloudwatch.alarmState('errors')).toBe('OK');
    await room.clock.advance(50_000);
    expect(describeOne(room, 'errors')).toMatchObject({
      StateValue: 'ALARM',
      StateTransitionedTimestamp: seconds(START + 4 * MINUTE),
    });
  });

  it.each([
    ['GreaterThanThreshold', [1, 2]],
    ['GreaterThanOrEqualToThreshold', [0, 1]],
    ['LessThanThreshold', [1, 0]],
    ['LessThanOrEqualToThreshold', [2, 1]],
  ])('compares with %s', async (ComparisonOperator, [fine = 0, bad = 0]) => {
    const state = async (value: number) => {
      const room = testRoom();
      put(room, { ...PLAIN, ComparisonOperator, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
      await live(room, [value]);
      return room.cloudwatch.alarmState('errors');
    };
    expect([await state(fine), await state(bad)]).toEqual(['OK', 'ALARM']);
  });

  it('watches the result of metric math', async () => {
    const room = testRoom();
    const Metrics = [
      metricQuery('e', 'errors', 'Sum', 60, { ReturnData: false }),
      { Id: 'x', Expression: 'e * 10', Label: 'tenfold' },
    ];
    const { EvaluationPeriods, Threshold, ComparisonOperator } = PLAIN;
    put(room, { AlarmName: 'math', Metrics, EvaluationPeriods, DatapointsToAlarm: 1, Threshold, ComparisonOperator });
    await live(room, [0.05, 0.2]);
    expect(describeOne(room, 'math').StateReason).toContain('[2.0 (22/11/26 10:01:00)]');
    expect(room.cloudwatch.alarmState('math')).toBe('ALARM');
  });

  it('watches an anomaly detection band', async () => {
    const room = testRoom();
    const Metrics = [metricQuery('e', 'errors', 'Sum'), { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(e, 2)' }];
    const ComparisonOperator = 'LessThanLowerOrGreaterThanUpperThreshold';
    put(room, { AlarmName: 'odd', Metrics, EvaluationPeriods: 1, ThresholdMetricId: 'band', ComparisonOperator });
    await live(room, [5, 6, 5, 6, 5]);
    expect(room.cloudwatch.alarmState('odd')).toBe('OK');
    await live(room, [50]);
    expect(room.cloudwatch.alarmState('odd')).toBe('ALARM');
  });

  it('keeps its state when it is put again, and takes the new threshold from then on', async () => {
    const room = testRoom();
    put(room, PLAIN);
    await live(room, [5, 5]);
    put(room, { ...PLAIN, Threshold: 10 });
    expect(room.cloudwatch.alarmState('errors')).toBe('ALARM');
    await live(room, [5]);
    expect(room.cloudwatch.alarmState('errors')).toBe('OK');
  });

  it('is held by SetAlarmState until the next look only', async () => {
    const room = testRoom();
    put(room, PLAIN);
    await live(room, [0, 0]);
    room.json('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'drill' });
    expect(describeOne(room, 'errors')).toMatchObject({ StateValue: 'ALARM', StateReason: 'drill' });
    await live(room, [0]);
    expect(room.cloudwatch.alarmState('errors')).toBe('OK');
  });
});

describe('a composite alarm', () => {
  const setState = (room: TestRoom, name: string, state: string) =>
    room.json('SetAlarmState', { AlarmName: name, StateValue: state, StateReason: 'test' });

  it.each([
    ['ALARM(a) AND ALARM(b)', 'OK', 'ALARM', 'OK'],
    ['ALARM(a) AND NOT ALARM(b)', 'ALARM', 'OK', 'ALARM'],
    ['ALARM(a) AND NOT ALARM(b)', 'ALARM', 'ALARM', 'OK'],
    ['OK(a) OR INSUFFICIENT_DATA(b)', 'ALARM', 'OK', 'OK'],
    ['OK("a") OR ALARM(\'b\') AND FALSE', 'OK', 'ALARM', 'ALARM'],
    ['(OK(a) OR ALARM(b)) AND FALSE', 'OK', 'ALARM', 'OK'],
    ['NOT NOT TRUE', 'OK', 'OK', 'ALARM'],
    ['NOT (OK(a) OR NOT (ALARM(a) AND NOT(ALARM(b))))', 'ALARM', 'OK', 'ALARM'],
    ['NOT (OK(a) OR NOT (ALARM(a) AND NOT(ALARM(b))))', 'ALARM', 'ALARM', 'OK'],
    ['ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:b)', 'OK', 'ALARM', 'ALARM'],
  ])('%s with a %s and b %s is %s', (AlarmRule, a, b, expected) => {
    const room = testRoom();
    put(room, { ...PLAIN, AlarmName: 'a' });
    put(room, { ...PLAIN, AlarmName: 'b' });
    put(room, { AlarmName: 'both', AlarmRule });
    setState(room, 'a', a);
    setState(room, 'b', b);
    expect(room.cloudwatch.alarmState('both')).toBe(expected);
  });

  it.each([
    ['an "odd" (name)', String.raw`ALARM("an \"odd\" (name)")`],
    ['an "odd" (name)', `ALARM('an "odd" (name)')`],
    ["it's", String.raw`ALARM('it\'s')`],
    [String.raw`back\slash`, String.raw`ALARM("back\\slash")`],
    [String.raw`back\slash`, String.raw`ALARM("back\slash")`],
  ])('finds the alarm named %s by %s', (AlarmName, AlarmRule) => {
    const room = testRoom();
    put(room, { ...PLAIN, AlarmName });
    put(room, { AlarmName: 'both', AlarmRule });
    setState(room, AlarmName, 'ALARM');
    expect(room.cloudwatch.alarmState('both')).toBe('ALARM');
  });

  it('follows through another composite, at the moment its child changed', async () => {
    const room = testRoom();
    put(room, PLAIN);
    put(room, { AlarmName: 'inner', AlarmRule: 'ALARM(errors)' });
    put(room, { AlarmName: 'outer', AlarmRule: 'ALARM(inner)' });
    await live(room, [5, 5, 5]);
    const outer = describeOne(room, 'outer');
    expect(outer).toMatchObject({ StateValue: 'ALARM', StateTransitionedTimestamp: seconds(START + 2 * MINUTE) });
    expect(outer.StateReason).toBe(
      'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:inner transitioned to ALARM at Sunday 22 November, 2026 10:02:00 UTC',
    );
  });

  it.each([
    ['ALARM(nobody)', /nobody/],
    ['ALARM(a', /expected \)/],
    ['a AND b', /expected ALARM/],
    ['ALARM(a) ALARM(a)', /unexpected ALARM/],
  ])('refuses the rule %s', (AlarmRule, message) => {
    const room = testRoom();
    put(room, { ...PLAIN, AlarmName: 'a' });
    const { status, body } = room.json('PutCompositeAlarm', { AlarmName: 'c', AlarmRule });
    expect({ status, type: body.__type }).toEqual({
      status: 400,
      type: 'com.amazonaws.cloudwatch#ValidationException',
    });
    expect(body.message).toMatch(message);
  });
});

describe('DescribeAlarms', () => {
  const room = testRoom();
  for (const index of [1, 2, 3, 4, 5]) put(room, { ...PLAIN, AlarmName: `m${index}` });
  put(room, { AlarmName: 'c1', AlarmRule: 'ALARM(m1) OR ALARM(m2)' });
  const namesOf = (input: object) => {
    const { body } = room.json('DescribeAlarms', input);
    return [...(body.MetricAlarms ?? []), ...(body.CompositeAlarms ?? [])].map(({ AlarmName }) => AlarmName);
  };

  it.each([
    ['metric alarms only, unless types are named', {}, ['m1', 'm2', 'm3', 'm4', 'm5']],
    ['types', { AlarmTypes: ['CompositeAlarm'] }, ['c1']],
    ['names', { AlarmNames: ['m3', 'gone', 'c1'] }, ['m3']],
    ['a prefix', { AlarmNamePrefix: 'm' }, ['m1', 'm2', 'm3', 'm4', 'm5']],
    ['a state', { StateValue: 'ALARM' }, []],
    ['children', { ChildrenOfAlarmName: 'c1' }, ['m1', 'm2']],
    ['parents', { ParentsOfAlarmName: 'm1' }, ['c1']],
  ])('by %s', (_, input, expected) => {
    expect(namesOf(input)).toEqual(expected);
  });

  it('pages without losing or repeating an alarm', () => {
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const { body } = room.json('DescribeAlarms', { MaxRecords: 2, NextToken: token });
      seen.push(...(body.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
      token = body.NextToken;
    } while (token !== undefined);
    expect(seen).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  });
});

describe('what PutMetricAlarm refuses', () => {
  it.each([
    ['more M than N', { DatapointsToAlarm: 4 }, /DatapointsToAlarm must be between 1 and EvaluationPeriods/],
    ['no threshold', { Threshold: undefined }, /Threshold is required/],
    ['two statistics', { ExtendedStatistic: 'p99' }, /must not be specified together/],
    ['an odd period', { Period: 45 }, /multiple of 60/],
    ['more than a day', { EvaluationPeriods: 1_441 }, /more than a day/],
    ['an unknown treatment', { TreatMissingData: 'panic' }, /TreatMissingData/],
    ['a metric and Metrics', { Metrics: [metricQuery('e', 'errors', 'Sum')] }, /together with MetricName/],
  ])('%s', (_, change, message) => {
    const { status, body } = testRoom().json('PutMetricAlarm', { ...PLAIN, ...change });
    expect(status).toBe(400);
    expect(body.message).toMatch(message);
  });
});

describe('a sandbox nobody asked for a month', () => {
  it('is up to date at once, with the times at which things happened', async () => {
    const room = testRoom();
    for (let index = 0; index < 100; index++) put(room, { ...PLAIN, AlarmName: `errors-${index}` });
    await live(room, [0, 5, 5]);
    await room.clock.advance(30 * 24 * 60 * MINUTE);
    const before = performance.now();
    expect(describeOne(room, 'errors-7').StateValue).toBe('INSUFFICIENT_DATA');
    expect(performance.now() - before).toBeLessThan(2_000);
    const { body } = room.json('DescribeAlarmHistory', { AlarmName: 'errors-7', HistoryItemType: 'StateUpdate' });
    expect(body.AlarmHistoryItems?.map(({ Timestamp, HistorySummary }) => [Timestamp, HistorySummary])).toEqual([
      [seconds(START + 8 * MINUTE), 'Alarm updated from ALARM to INSUFFICIENT_DATA'],
      [seconds(START + 3 * MINUTE), 'Alarm updated from OK to ALARM'],
      [seconds(START + MINUTE), 'Alarm updated from INSUFFICIENT_DATA to OK'],
    ]);
    await live(room, [5, 5]);
    expect(room.cloudwatch.alarmState('errors-7')).toBe('ALARM');
  });
});
