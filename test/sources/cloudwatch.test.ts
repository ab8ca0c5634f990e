/** The cloudwatch source over real HTTP with the real SDK: what answers mean, and that no failure becomes a number. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import {
  resultOf,
  seriesReply,
  type WireCall,
  type WireCloudWatch,
  wireCloudWatch,
} from '../support/wire-cloudwatch.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);
const SETTLE = 2 * MINUTE;
const { signal } = new AbortController();

const metric = (name: string, stat = 'Sum') => ({ namespace: 'App', metric: name, stat, dimensions: { Service: 'x' } });

function query(metrics: Record<string, unknown>, expression?: string, extra: Record<string, unknown> = {}) {
  const base = { kind: 'cloudwatch', period: '60s', metrics, ...extra };
  return cloudwatch.options().parse(expression === undefined ? base : { ...base, expression });
}

const ratio = query({ errors: metric('Errors'), requests: metric('Requests') }, '100 * errors / requests');
const plain = (name: string, extra: Record<string, unknown> = {}) => query({ it: metric(name) }, undefined, extra);

let wire: WireCloudWatch;
beforeEach(async () => {
  wire = await wireCloudWatch(seriesReply((_, at) => (at - START) / MINUTE));
});
afterEach(() => wire[Symbol.asyncDispose]());

function setUp(minutes = 10) {
  const clock = drivenClock(START + minutes * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const ask = (one = ratio, from = START, aborting = signal) =>
    source.query(one, { from, to: clock.now() }, SETTLE, aborting);
  return { clock, source, ask };
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FailureError)) throw new Error(`expected a FailureError, got ${String(error)}`);
  return error.failure;
}

/** Changes the results of one id or metric name in otherwise good answers. */
function spoil(name: string, change: Record<string, unknown>) {
  const good = seriesReply(() => 1);
  wire.reply = (call) => {
    const reply = good(call);
    if (reply === 'hang' || !('MetricDataResults' in reply) || !Array.isArray(reply.MetricDataResults)) return reply;
    const results = reply.MetricDataResults.map((one) => (one.Label === name ? { ...one, ...change } : one));
    return { ...reply, MetricDataResults: results };
  };
}

describe('an answer', () => {
  test('gives aligned points, oldest first, with what is settled and what it was computed from', async () => {
    const { ask } = setUp();
    const series = await ask();
    expect(series.query).toBe('100 * errors / requests');
    expect(series.points.map(({ at }) => (at - START) / MINUTE)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(series.points.map(({ settled }) => settled)).toEqual([...Array(8).fill(true), false, false]);
    expect(series.growing).toBe(false);
    expect(series.inputs.errors?.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Object.keys(series.inputs)).toEqual(['errors', 'requests']);
  });

  test('a period that is not over comes only where it can do nothing but grow', async () => {
    const { clock, ask } = setUp();
    await clock.advance(30_000);
    const [sum, average] = await Promise.all([ask(plain('A')), ask(query({ it: metric('A', 'Average') }))]);
    expect(sum.growing).toBe(true);
    expect(sum.points.at(-1)).toEqual({ at: START + 10 * MINUTE, value: 10, settled: false });
    expect(average.growing).toBe(false);
    expect(average.points.at(-1)?.at).toBe(START + 9 * MINUTE);
  });

  test('an expression that is nothing but its metric is that metric', async () => {
    const { ask } = setUp();
    expect((await ask(query({ it: metric('A') }, ' it '))).growing).toBe(true);
    expect(wire.calls[0]?.input.MetricDataQueries.map(({ Expression }) => Expression)).toEqual([undefined]);
  });

  test('NaN is no point, and nothing else goes with it', async () => {
    spoil('App', {});
    wire.reply = ({ input }) => ({
      MetricDataResults: input.MetricDataQueries.map((one) => ({
        ...resultOf(one, input, () => 1),
        Values: ['NaN', 1, 'Infinity', 1, 1, 1, 1, 1, 1, 1],
      })),
    });
    const { ask } = setUp();
    const { points } = await ask();
    expect(points.map(({ at }) => (at - START) / MINUTE)).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('a division by zero leaves its points out and is no failure', async () => {
    spoil('100 * m0 / m1', { Timestamps: [START / 1_000], Values: [5], Messages: [{ Code: 'ArithmeticError' }] });
    const { ask } = setUp();
    expect((await ask()).points.map(({ value }) => value)).toEqual([5]);
  });

  test('pages are put together, partial ones included, until they end', async () => {
    const page = ({ input }: WireCall, from: number, to: number, status: string) =>
      input.MetricDataQueries.map((one) => {
        const span = { ...input, StartTime: START / 1_000 + from * 60, EndTime: START / 1_000 + to * 60 };
        return { ...resultOf(one, span, (_, at) => (at - START) / MINUTE), StatusCode: status };
      });
    wire.reply = (call) =>
      call.input.NextToken === 'second'
        ? { MetricDataResults: page(call, 4, 10, 'Complete') }
        : { MetricDataResults: page(call, 0, 4, 'PartialData'), NextToken: 'second' };
    const { ask } = setUp();
    expect((await ask()).points.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(wire.calls.length).toBe(2);
  });

  test('a bare band gives how far its metric lies outside', async () => {
    const edge = (input: WireCall['input'], id: string, value: number, label: string) => ({
      ...resultOf({ Id: id, Period: 60 }, input, () => value),
      Label: label,
    });
    wire.reply = ({ input }) => ({
      MetricDataResults: input.MetricDataQueries.flatMap((one) =>
        one.Expression === undefined
          ? [resultOf(one, input, (_, at) => (at - START) / MINUTE)]
          : [edge(input, one.Id, 6, 'm0 (expected)'), edge(input, one.Id, 2, 'm0 (expected)')],
      ),
    });
    const { ask } = setUp();
    const series = await ask(query({ it: metric('A') }, 'ANOMALY_DETECTION_BAND(it, 2)'));
    expect(series.points.map(({ value }) => value)).toEqual([-2, -1, 0, 0, 0, 0, 0, 1, 2, 3]);
  });

  test('a search that matches nothing is no data; a metric without a result is a fault', async () => {
    wire.reply = () => ({ MetricDataResults: [] });
    const { ask } = setUp();
    const insights = query({}, 'SELECT SUM(Errors) FROM App');
    const [nothing, fault] = await Promise.allSettled([ask(insights), ask()]);
    expect(nothing).toMatchObject({ status: 'fulfilled', value: { points: [] } });
    expect(fault).toMatchObject({ status: 'rejected', reason: { failure: { reason: 'malformed' } } });
  });
});

describe('a failure', () => {
  const table: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['PartialData to the end', { StatusCode: 'PartialData' }, { reason: 'unavailable', retryable: true }],
    ['InternalError', { StatusCode: 'InternalError' }, { reason: 'unavailable', retryable: true }],
    ['Forbidden', { StatusCode: 'Forbidden' }, { reason: 'auth', retryable: false }],
    ['a status of tomorrow', { StatusCode: 'Sampled' }, { reason: 'malformed' }],
    ['no status', { StatusCode: undefined }, { reason: 'malformed' }],
    ['timestamps without values', { Values: [] }, { reason: 'malformed' }],
    ['points off the grid', { Timestamps: [START / 1_000 + 7], Values: [1] }, { reason: 'malformed' }],
    ['a doubt', { Messages: [{ Code: 'Sampled', Value: 'not all of it' }] }, { reason: 'rejected' }],
    ['another id', { Id: 'somebody' }, { reason: 'malformed' }],
  ];
  test.each(table)('%s of a component is a failure, is not kept, and leaves the neighbours alone', async (...row) => {
    const [, change, expected] = row;
    spoil('Errors', change);
    const { ask } = setUp();
    const neighbour = ask(plain('Other'));
    expect(await failureOf(ask())).toMatchObject(expected);
    expect((await neighbour).points.length).toBe(10);
    expect(wire.calls.length).toBe(1);
    wire.reply = seriesReply(() => 2);
    expect((await ask()).points.length).toBe(10);
    expect(wire.calls.length).toBe(2);
  });

  test('of a forbidden metric names it', async () => {
    spoil('Errors', { StatusCode: 'Forbidden' });
    const { ask } = setUp();
    expect((await failureOf(ask())).message).toBe('GetMetricData: reading errors (App Errors) is forbidden');
  });

  test('that the call repeats as its own message concerns the metric alone', async () => {
    spoil('Errors', { StatusCode: 'Forbidden' });
    const { reply } = wire;
    wire.reply = (call) => ({ ...Object(reply(call)), Messages: [{ Code: 'Forbidden', Value: 'some are' }] });
    const { ask } = setUp();
    const [failure, neighbour] = await Promise.all([failureOf(ask()), ask(plain('Other'))]);
    expect(failure.reason).toBe('auth');
    expect(neighbour.points.length).toBe(10);
    expect(wire.calls.length).toBe(1);
  });

  test.each([
    [{ status: 400, error: 'ThrottlingException' }, 'throttled'],
    [{ status: 403, error: 'AccessDeniedException' }, 'auth'],
    [{ status: 500, error: 'InternalServiceError' }, 'unavailable'],
  ])('of the whole call (%o) reaches everyone without asking again', async (reply, reason) => {
    wire.reply = () => reply;
    const { ask } = setUp();
    const failures = await Promise.all([failureOf(ask()), failureOf(ask(plain('Other')))]);
    expect(failures.map((failure) => failure.reason)).toEqual([reason, reason]);
    expect(wire.calls.length).toBe(1);
  });

  test('pages that go in circles end', async () => {
    wire.reply = () => ({ MetricDataResults: [], NextToken: 'again' });
    const { ask } = setUp();
    expect(await failureOf(ask())).toMatchObject({ reason: 'malformed' });
    expect(wire.calls.length).toBe(2);
  });

  test('several series under one expression are refused, never mixed', async () => {
    wire.reply = ({ input }) => ({
      MetricDataResults: input.MetricDataQueries.flatMap((one) => [
        { ...resultOf(one, input, () => 1), Label: 'a' },
        { ...resultOf(one, input, () => 9), Label: 'b' },
      ]),
    });
    const { ask } = setUp();
    const failure = await failureOf(ask(query({}, 'TOMORROW(SEARCH(\'{App} x\', "Sum", 60))')));
    expect(failure).toMatchObject({ reason: 'rejected' });
    expect(failure.message).toMatch(/gives 2 series/);
  });
});

describe('one bad query among many', () => {
  const good = seriesReply(() => 1);
  const isBad = (call: WireCall) => call.input.MetricDataQueries.some(({ Expression }) => Expression?.includes('BAD('));
  const bad = query({ it: metric('Bad') }, 'BAD(it, 1)');

  test('is found by halving; the others get their numbers, and next time it stands alone', async () => {
    wire.reply = (call) => (isBad(call) ? { status: 400, error: 'ValidationError', message: 'no BAD' } : good(call));
    const { clock, ask } = setUp();
    const others = () => Array.from({ length: 30 }, (_, index) => ask(query({ it: metric(`M${index}`) }, 'RATE(it)')));
    const first = await Promise.all([failureOf(ask(bad)), ...others()]);
    expect(first[0]).toMatchObject({ reason: 'rejected', message: 'GetMetricData: no BAD' });
    expect(wire.calls.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(31)) + 1);
    const before = wire.calls.length;
    await clock.advance(MINUTE);
    await Promise.all([failureOf(ask(bad)), ...others()]);
    expect(wire.calls.length - before).toBe(2);
  });

  test('so is one that a message about the whole call concerns', async () => {
    const messages = [{ Code: 'MaxMetricsExceeded', Value: 'too many' }];
    wire.reply = (call) => (isBad(call) ? { ...Object(good(call)), Messages: messages } : good(call));
    const { ask } = setUp();
    const [failure, series] = await Promise.all([failureOf(ask(bad)), ask(query({ it: metric('A') }, 'RATE(it)'))]);
    expect(failure).toMatchObject({ reason: 'rejected', message: 'GetMetricData: MaxMetricsExceeded: too many' });
    expect(series.points.length).toBe(10);
  });
});

describe('giving up', () => {
  test('one of two leaves the other its answer', async () => {
    const { ask } = setUp();
    const leaving = new AbortController();
    const [gone, stays] = [failureOf(ask(ratio, START, leaving.signal)), ask()];
    leaving.abort();
    expect(await gone).toMatchObject({ reason: 'aborted' });
    expect((await stays).points.length).toBe(10);
  });

  test('all of them ends the call that hangs', async () => {
    wire.reply = () => 'hang';
    const { clock } = setUp();
    const access = wire.access(clock);
    const source = cloudwatch.open(access);
    const leaving = new AbortController();
    const work = failureOf(source.query(ratio, { from: START, to: clock.now() }, SETTLE, leaving.signal));
    while (access.caller.inFlight() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    expect(await work).toMatchObject({ reason: 'aborted', retryable: false });
    while (access.caller.inFlight() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('beforehand asks nothing', async () => {
    const { ask } = setUp();
    expect(await failureOf(ask(ratio, START, AbortSignal.abort()))).toMatchObject({ reason: 'aborted' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wire.calls.length).toBe(0);
  });
});

test('what is answered is there at once, while another call of the same turn hangs', async () => {
  const good = seriesReply(() => 1);
  // A call takes 500 metrics; the first ones stand in one, and the last one in the other.
  wire.reply = (call) => (call.input.MetricDataQueries.length < 500 ? 'hang' : good(call));
  const { ask } = setUp();
  const leaving = new AbortController();
  const asked = Array.from({ length: 501 }, (_, index) => ask(plain(`M${index}`), START, leaving.signal));
  expect((await asked[0])?.points.length).toBe(10);
  await expect.poll(() => wire.calls.length).toBe(2);
  leaving.abort();
  expect(await failureOf(asked[500] ?? Promise.resolve())).toMatchObject({ reason: 'aborted' });
});

describe('where and how far', () => {
  test('another region has its own call', async () => {
    const { ask } = setUp();
    await Promise.all([ask(), ask(plain('A', { region: 'us-east-1' }))]);
    expect(wire.calls.map(({ region }) => region).toSorted()).toEqual(['eu-west-1', 'us-east-1']);
  });

  test('nothing older than the store keeps is asked for', async () => {
    const { ask } = setUp();
    await ask(plain('A', { period: '10s' }), START - 30 * 86_400_000);
    const asked = (START + 10 * MINUTE) / 1_000 - (wire.calls[0]?.input.StartTime ?? 0);
    expect(asked).toBe(3 * 3_600 - 10);
  });

  test('a window that is too long for one call is asked in pieces, none above the limit', async () => {
    const { ask } = setUp();
    const metrics = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}x`, metric(`M${index}`)]));
    const sum = query(metrics, `SUM([${Object.keys(metrics).join(', ')}])`);
    const from = START - 14 * 86_400_000;
    const series = await ask(sum, from);
    expect(series.points.length).toBe(14 * 1_440 + 10);
    for (const { input } of wire.calls) {
      const points = (input.MetricDataQueries.length * (input.EndTime - input.StartTime)) / 60;
      expect(points).toBeLessThanOrEqual(100_800);
    }
    const message = (await failureOf(ask(query(metrics, `RUNNING_SUM(${Object.keys(metrics).join('+')})`), from)))
      .message;
    expect(message).toMatch(/needs its window in one call/);
  });
});
