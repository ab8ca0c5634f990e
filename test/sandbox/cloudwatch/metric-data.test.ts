/** PutMetricData and GetMetricData: statistics, windows, pages, completeness and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drivenClock } from '../../../src/lib/clock.ts';
import type { FaultRule } from '../../../src/sandbox/faults.ts';
import { startSandbox } from '../../../src/sandbox/index.ts';
import { MINUTE, metricQuery, START, type TestRoom, testRoom, wireRequest } from './support/room.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One value a minute, the newest in the minute before the start. */
function filled(values: readonly number[], metric = 'm'): TestRoom {
  const room = testRoom();
  put(room, values, metric);
  return room;
}

function put(room: TestRoom, values: readonly number[], metric: string): void {
  const at = (index: number) => START - (values.length - index) * MINUTE;
  room.cloudwatch.put(values.map((value, index) => ({ namespace: 'app', metric, value, at: at(index) })));
}

function get(room: TestRoom, queries: readonly object[], more: object = {}, effects: readonly FaultRule[] = []) {
  const window = { StartTime: (START - HOUR) / 1_000, EndTime: START / 1_000, ScanBy: 'TimestampAscending' };
  return room.json('GetMetricData', { ...window, MetricDataQueries: queries, ...more }, effects);
}

const valuesOf = (answer: ReturnType<typeof get>) => answer.body.MetricDataResults?.map(({ Values }) => Values);

describe('statistics', () => {
  const room = testRoom();
  room.cloudwatch.put(
    [5, 1, 2, 3, 4, 6, 7, 8, 9, 10].map((value) => ({ namespace: 'app', metric: 'm', value, at: START - MINUTE })),
  );
  it.each([
    ['Sum', 55],
    ['Average', 5.5],
    ['Minimum', 1],
    ['Maximum', 10],
    ['SampleCount', 10],
    ['p50', 5],
    ['p90', 9],
    ['p99.9', 10],
    ['p0', 1],
    ['tm90', 5],
    ['TM(10%:90%)', 5.5],
    ['TM(2:4)', 3.5],
    ['wm80', 5.2],
    ['TC(20%:80%)', 6],
    ['TS(:3)', 6],
    ['PR(:3)', 30],
    ['IQM', 5.5],
  ])('%s', (stat, expected) => {
    expect(valuesOf(get(room, [metricQuery('q', 'm', stat)]))).toEqual([[expect.closeTo(expected, 9)]]);
  });

  it.each(['p101', 'Median', 'TM(1%:4)', 'PR(1%:4%)', 'TM(:)'])('does not know %s', (stat) => {
    expect(get(room, [metricQuery('q', 'm', stat)])).toMatchObject({ status: 400 });
  });

  it('gives a percentile that is the smallest value with so many at or below it', () => {
    const samples = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 100 }), (values, share) => {
        const own = testRoom();
        own.cloudwatch.put(values.map((value) => ({ namespace: 'app', metric: 'm', value, at: START - MINUTE })));
        const sorted = [...values].sort((a, b) => a - b);
        const expected = sorted[Math.max(0, Math.ceil((share / 100) * sorted.length - 1e-9) - 1)];
        expect(valuesOf(get(own, [metricQuery('q', 'm', `p${share}`)]))).toEqual([[expected]]);
      }),
    );
  });

  it('cannot tell a percentile from a statistic set, but the rest', () => {
    const own = testRoom();
    const StatisticValues = { SampleCount: 4, Sum: 20, Minimum: 1, Maximum: 9 };
    const datum = { MetricName: 'm', Timestamp: START / 1_000 - 60, StatisticValues };
    expect(own.json('PutMetricData', { Namespace: 'app', MetricData: [datum] }).status).toBe(200);
    const stats = ['p50', 'Average', 'Maximum', 'SampleCount'].map((stat, index) =>
      metricQuery(`q${index}`, 'm', stat),
    );
    expect(valuesOf(get(own, stats))).toEqual([[], [5], [9], [4]]);
  });
});

describe('windows and periods', () => {
  it('has the start in and the end out, newest first unless asked otherwise', () => {
    const room = filled([1, 2, 3, 4]);
    const window = { StartTime: (START - 3 * MINUTE) / 1_000, EndTime: (START - MINUTE) / 1_000 };
    expect(valuesOf(get(room, [metricQuery('q', 'm', 'Sum')], window))).toEqual([[2, 3]]);
    expect(valuesOf(get(room, [metricQuery('q', 'm', 'Sum')], { ...window, ScanBy: undefined }))).toEqual([[3, 2]]);
  });

  it('rounds the start down to the minute, and aligns periods to the epoch', () => {
    const room = filled([1, 2, 3, 4, 5, 6, 7]);
    const window = { StartTime: (START - 6 * MINUTE + 30_000) / 1_000 };
    expect(valuesOf(get(room, [metricQuery('q', 'm', 'Sum')], window))).toEqual([[2, 3, 4, 5, 6, 7]]);
    const { body } = get(room, [metricQuery('q', 'm', 'Sum', 300)]);
    expect(body.MetricDataResults?.[0]?.Timestamps).toEqual([
      (START - 10 * MINUTE) / 1_000,
      (START - 5 * MINUTE) / 1_000,
    ]);
    expect(valuesOf(get(room, [metricQuery('q', 'm', 'Sum', 300)]))).toEqual([[3, 25]]);
  });

  it('shows seconds of high resolution for three hours, and minutes longer', async () => {
    const room = testRoom();
    const at = [START - 20_000, START - 15_000, START - 10_000];
    room.cloudwatch.put(at.map((each) => ({ namespace: 'app', metric: 'm', value: 1, at: each, resolution: 1 })));
    const window = { StartTime: (START - MINUTE) / 1_000 };
    const fine = metricQuery('q', 'm', 'Sum', 10);
    expect(valuesOf(get(room, [fine], window))).toEqual([[2, 1]]);
    await room.clock.advance(4 * HOUR);
    expect(valuesOf(get(room, [fine, metricQuery('r', 'm', 'Sum')], window))).toEqual([[], [3]]);
  });

  it('forgets minutes after 15 days, five minutes after 63', () => {
    const room = testRoom();
    const at = [START - 16 * DAY, START - 64 * DAY];
    room.cloudwatch.put(at.map((each) => ({ namespace: 'app', metric: 'm', value: 1, at: each })));
    const window = { StartTime: (START - 100 * DAY) / 1_000 };
    const queries = [60, 300, 3_600].map((period) => metricQuery(`q${period}`, 'm', 'Sum', period));
    expect(valuesOf(get(room, queries, window))).toEqual([[], [1], [1, 1]]);
  });

  it('keeps data that arrive in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }), (minutes) => {
        const room = testRoom();
        const sample = (minute: number) => ({
          namespace: 'app',
          metric: 'm',
          value: minute,
          at: START - minute * MINUTE,
        });
        room.cloudwatch.put(minutes.map(sample));
        const counts = Map.groupBy(minutes, (minute) => minute);
        const expected = [...counts].sort(([a], [b]) => b - a).map(([minute, all]) => minute * all.length);
        expect(valuesOf(get(room, [metricQuery('q', 'm', 'Sum')]))).toEqual([expected]);
      }),
    );
  });
});

describe('pages', () => {
  it('cuts by datapoints, says what goes on, and loses nothing', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 10 }), (lengths, MaxDatapoints) => {
        const room = testRoom();
        for (const [index, length] of lengths.entries()) {
          put(
            room,
            Array.from({ length }, (_, each) => each),
            `m${index}`,
          );
        }
        const queries = lengths.map((_, index) => metricQuery(`q${index}`, `m${index}`, 'Sum'));
        const whole = get(room, queries).body.MetricDataResults ?? [];
        const gathered = new Map<string, number[]>();
        let token: string | undefined;
        do {
          const { body } = get(room, queries, { MaxDatapoints, NextToken: token });
          const page = body.MetricDataResults ?? [];
          expect(page.reduce((sum, { Values }) => sum + Values.length, 0)).toBeLessThanOrEqual(MaxDatapoints);
          for (const { Id, Values } of page) gathered.set(Id, [...(gathered.get(Id) ?? []), ...Values]);
          token = body.NextToken;
          if (token === undefined) expect(page.every(({ StatusCode }) => StatusCode === 'Complete')).toBe(true);
        } while (token !== undefined);
        expect([...gathered]).toEqual(whole.map(({ Id, Values }) => [Id, Values]));
      }),
      { numRuns: 50 },
    );
  });

  it('does not take the token of another request', () => {
    const room = filled([1, 2, 3]);
    const { body } = get(room, [metricQuery('q', 'm', 'Sum')], { MaxDatapoints: 1 });
    expect(body.MetricDataResults?.[0]?.StatusCode).toBe('PartialData');
    const other = get(room, [metricQuery('q', 'm', 'Average')], { MaxDatapoints: 1, NextToken: body.NextToken });
    expect(other).toMatchObject({ status: 400, headers: { 'x-amzn-query-error': 'InvalidNextToken;Sender' } });
  });
});

describe('completeness', () => {
  const room = filled([1, 2, 3, 4]);
  put(room, [10, 20, 30, 40], 'other');
  const queries = [
    metricQuery('a', 'm', 'Sum'),
    metricQuery('b', 'other', 'Sum'),
    { Id: 'sum', Expression: 'a + b' },
    { Id: 'alone', Expression: 'b * 2' },
  ];
  const codes = (kind: FaultRule['kind']) =>
    get(room, queries, {}, [{ kind, metric: 'm' }]).body.MetricDataResults?.map(({ StatusCode, Values }) => [
      StatusCode,
      Values.length,
    ]);

  it.each([
    ['partial-data', 'PartialData', 2],
    ['internal-error', 'InternalError', 0],
    ['forbidden', 'Forbidden', 0],
  ] as const)('%s spreads to what is computed from the metric, and to nothing else', (kind, code, left) => {
    expect(codes(kind)).toEqual([
      [code, left],
      ['Complete', 4],
      [code, left],
      ['Complete', 4],
    ]);
  });

  it('does not read an account that does not share', () => {
    const { body } = get(room, [metricQuery('a', 'm', 'Sum', 60, { AccountId: '999988887777' })]);
    expect(body.MetricDataResults?.[0]).toMatchObject({ StatusCode: 'Forbidden', Values: [] });
    expect(body.Messages).toHaveLength(1);
  });

  it('reads an account that shares', async () => {
    await using sandbox = await startSandbox({ clock: drivenClock(START) });
    const sample = { namespace: 'app', metric: 'm', value: 7, at: START - MINUTE };
    sandbox.state('999988887777', 'eu-west-1').cloudwatch.put([sample]);
    const query = (AccountId: string) => metricQuery('a', 'm', 'Sum', 60, { AccountId });
    const ask = async (account: string) => {
      const response = await fetch(sandbox.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
          authorization:
            'AWS4-HMAC-SHA256 Credential=AKIATEST/20261122/eu-west-1/monitoring/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({
          StartTime: START / 1_000 - 600,
          EndTime: START / 1_000,
          MetricDataQueries: [query(account)],
        }),
      });
      return response.json();
    };
    expect(await ask('999988887777')).toMatchObject({ MetricDataResults: [{ StatusCode: 'Complete', Values: [7] }] });
    expect(await ask('444455556666')).toMatchObject({ MetricDataResults: [{ StatusCode: 'Forbidden', Values: [] }] });
  });

  it('shows late datapoints late, and revises what it showed', async () => {
    const own = filled([1, 2, 3]);
    own.faults.add({ kind: 'late-datapoints', by: 90_000, metric: 'm' });
    const more = { EndTime: (START + HOUR) / 1_000 };
    const query = [metricQuery('q', 'm', 'Sum')];
    expect(valuesOf(get(own, query, more))).toEqual([[1]]);
    await own.clock.advance(90_000);
    expect(valuesOf(get(own, query, more))).toEqual([[1, 2, 3]]);
    own.faults.clear();
    own.faults.add({ kind: 'revised-datapoints', by: 120_000, factor: 0.5, region: 'us-east-1' });
    expect(valuesOf(get(own, query, more))).toEqual([[1, 2, 3]]);
    own.faults.add({ kind: 'revised-datapoints', by: 120_000, factor: 0.5, region: 'eu-west-1' });
    expect(valuesOf(get(own, query, more))).toEqual([[1, 2, 1.5]]);
  });
});

describe('labels and Metrics Insights', () => {
  const room = testRoom();
  for (const [host, value] of Object.entries({ a: 1, b: 5 })) {
    const dimensions = { Host: host, Zone: 'z' };
    room.cloudwatch.put([{ namespace: 'app', metric: 'cpu', value, dimensions, at: START - MINUTE }]);
  }
  const select = (Expression: string) => get(room, [{ Id: 'q', Expression, Period: 60 }]);

  it.each([
    ['SELECT AVG(cpu) FROM "app"', [['cpu', [3]]]],
    ['SELECT SUM(cpu) FROM SCHEMA("app", Host, Zone) WHERE Zone = \'z\'', [['cpu', [6]]]],
    ['SELECT MAX(cpu) FROM SCHEMA("app", Host)', []],
    ["SELECT MAX(cpu) FROM app WHERE Host != 'b' AND Zone = 'z'", [['cpu', [1]]]],
    [
      'SELECT AVG(cpu) FROM SCHEMA("app", Host, Zone) GROUP BY Host ORDER BY AVG() DESC',
      [
        ['b', [5]],
        ['a', [1]],
      ],
    ],
    ['SELECT COUNT(cpu) FROM "app" GROUP BY Host ORDER BY MAX() DESC LIMIT 1', [['b', [1]]]],
  ])('%s', (expression, expected) => {
    const results = select(expression).body.MetricDataResults ?? [];
    expect(results.map(({ Label, Values }) => [Label, Values])).toEqual(expected);
  });

  it.each(['SELECT cpu FROM app', 'SELECT AVG(cpu)', "SELECT AVG(cpu) FROM app WHERE Host LIKE 'a'"])(
    'refuses %s',
    (text) => {
      expect(select(text)).toMatchObject({ status: 400 });
    },
  );

  it('labels a metric by its name, and by what tells two of one name apart', () => {
    const query = (id: string, host: string) => ({
      Id: id,
      MetricStat: {
        Metric: {
          Namespace: 'app',
          MetricName: 'cpu',
          Dimensions: [
            { Name: 'Zone', Value: 'z' },
            { Name: 'Host', Value: host },
          ],
        },
        Period: 60,
        Stat: 'Sum',
      },
    });
    const labels = (queries: readonly object[]) => get(room, queries).body.MetricDataResults?.map(({ Label }) => Label);
    expect(labels([query('a', 'a')])).toEqual(['cpu']);
    expect(labels([query('a', 'a'), query('b', 'b')])).toEqual(['a z cpu', 'b z cpu']);
    const stats = [metricQuery('a', 'cpu', 'Sum'), metricQuery('b', 'cpu', 'p99')];
    expect(labels(stats)).toEqual(['cpu Sum', 'cpu p99']);
  });
});

describe('what GetMetricData refuses', () => {
  const ok = metricQuery('q', 'm', 'Sum');
  it.each<[string, readonly object[], object, RegExp]>([
    ['ids twice', [ok, ok], {}, /not unique/],
    ['an id in capitals', [{ ...ok, Id: 'Q' }], {}, /expected pattern/],
    ['an unknown reference', [{ Id: 'e', Expression: 'x + 1' }], {}, /Error in expression 'e' \[Undefined.* x\]/],
    [
      'a circle',
      [
        { Id: 'e', Expression: 'f' },
        { Id: 'f', Expression: 'e' },
      ],
      {},
      /e → f → e/,
    ],
    ['an unknown function', [ok, { Id: 'e', Expression: 'SEARCH("x", "Sum")' }], {}, /Unsupported function SEARCH/],
    ['a number as result', [ok, { Id: 'e', Expression: 'SUM(q)' }], {}, /must give a time series/],
    ['nothing to return', [{ ...ok, ReturnData: false }], {}, /ReturnData/],
    ['metric and expression', [{ ...ok, Expression: '1' }], {}, /either MetricStat or Expression/],
    ['a period of 90 s', [metricQuery('q', 'm', 'Sum', 90)], {}, /multiple of 60/],
    ['an end before the start', [ok], { EndTime: 0 }, /StartTime must be less/],
    ['501 queries', Array.from({ length: 501 }, (_, index) => ({ ...ok, Id: `q${index}` })), {}, /greater than 500/],
    ['too many datapoints', [ok], { MaxDatapoints: 100_801 }, /MaxDatapoints/],
    [
      'two Insights queries',
      ['a', 'b'].map((Id) => ({ Id, Period: 60, Expression: 'SELECT AVG(m) FROM app' })),
      {},
      /more than one/,
    ],
  ])('%s', (_, queries, more, message) => {
    const { status, body, headers } = get(filled([1]), queries, more);
    expect({ status, code: headers['x-amzn-query-error'] }).toEqual({ status: 400, code: 'ValidationError;Sender' });
    expect(body.message).toMatch(message);
  });
});

describe('what PutMetricData refuses, leaving nothing behind', () => {
  it.each<[string, object, string]>([
    ['three weeks ago', { Value: 1, Timestamp: START / 1_000 - 21 * 86_400 }, 'InvalidParameterValue'],
    ['tomorrow', { Value: 1, Timestamp: START / 1_000 + 86_400 }, 'InvalidParameterValue'],
    ['no value', {}, 'MissingParameter'],
    ['two kinds of value', { Value: 1, Values: [1] }, 'InvalidParameterCombination'],
    ['counts of another length', { Values: [1, 2], Counts: [1] }, 'InvalidParameterValue'],
    ['an unknown unit', { Value: 1, Unit: 'Apples' }, 'InvalidParameterValue'],
    ['a value out of range', { Value: 1e300 }, 'InvalidParameterValue'],
    ['a text for a value', { Value: '1' }, 'InvalidParameterValue'],
    [
      'a dimension twice',
      {
        Value: 1,
        Dimensions: [
          { Name: 'a', Value: 'b' },
          { Name: 'a', Value: 'c' },
        ],
      },
      'InvalidParameterValue',
    ],
  ])('%s', (_, datum, code) => {
    const room = testRoom();
    const good = { MetricName: 'good', Value: 1 };
    const answer = room.json('PutMetricData', {
      Namespace: 'app',
      MetricData: [good, { MetricName: 'bad', ...datum }],
    });
    expect(answer).toMatchObject({ status: 400, headers: { 'x-amzn-query-error': `${code};Sender` } });
    expect(room.json('ListMetrics', {}).body.Metrics).toEqual([]);
  });
});

describe('the wire', () => {
  const target = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
  };

  it('refuses CBOR by name', () => {
    const request = {
      ...wireRequest({ 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }, Buffer.alloc(0)),
    };
    const path = '/service/GraniteServiceVersion20100801/operation/PutMetricData';
    const { cloudwatch } = testRoom();
    expect(cloudwatch.operationOf({ ...request, path })).toBe('PutMetricData');
    expect(cloudwatch.handle({ ...request, path }, [])).toMatchObject({
      status: 400,
      body: expect.stringContaining('rpc-v2-cbor'),
    });
  });

  it.each(['{', '', '{"__proto__": {"a": 1}}'])('survives the body %s', (text) => {
    const { cloudwatch } = testRoom();
    expect(cloudwatch.handle(wireRequest(target, Buffer.from(text)), []).status).toBe(400);
  });

  it.each(['a.b', 'MetricData.member.1', '__proto__.a', '.'])('survives the form field %s', (field) => {
    expect(testRoom().form({ Action: 'PutMetricData', Namespace: 'app', [field]: 'x' }).status).toBe(400);
  });

  it('writes XML that says no forbidden character', () => {
    const answer = testRoom().form({
      Action: 'SetAlarmState',
      AlarmName: '<\u0001&\ud800>',
      StateValue: 'OK',
      StateReason: 'x',
    });
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('Unknown alarm: &lt;\ufffd&amp;\ufffd&gt;');
  });

  it('answers 500 queries over an hour at once', () => {
    const room = testRoom();
    for (let metric = 0; metric < 100; metric++)
      put(
        room,
        Array.from({ length: 60 }, () => metric),
        `m${metric}`,
      );
    const queries = Array.from({ length: 500 }, (_, index) => metricQuery(`q${index}`, `m${index % 100}`, 'Sum'));
    get(room, queries);
    const before = performance.now();
    expect(get(room, queries).body.MetricDataResults).toHaveLength(500);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('an expression that divides by zero', () => {
  const asked = (expression: string) => [
    metricQuery('a', 'm', 'Sum', 60, { ReturnData: false }),
    { Id: 'e', Expression: expression },
  ];

  it.each(['10 / a', '1 + 100 * (10 / a)', 'a / a + a'])('%s says so and gives the other datapoints', (expression) => {
    const answer = get(filled([2, 0, 4]), asked(expression));
    expect(answer.body.Messages).toEqual([]);
    expect(answer.body.MetricDataResults).toMatchObject([
      {
        Values: [expect.any(Number), expect.any(Number)],
        StatusCode: 'Complete',
        Messages: [{ Code: 'ArithmeticError' }],
      },
    ]);
  });

  it('says nothing where nothing was dropped', () => {
    expect(get(filled([2, 0, 4]), asked('a / 10')).body.MetricDataResults?.[0]?.Messages).toBeUndefined();
  });
});
