/** What is asked over an hour of polls: each metric once per period, the newest stretch only, revisions included. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { seriesReply, type WireCloudWatch, wireCloudWatch } from '../support/wire-cloudwatch.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);
const SETTLE = 2 * MINUTE;
const { signal } = new AbortController();

const metric = (name: string) => ({ namespace: 'App', metric: name, stat: 'Sum' });
const parse = (metrics: Record<string, unknown>, expression: string) =>
  cloudwatch.options().parse({ kind: 'cloudwatch', period: '60s', metrics, expression });

let wire: WireCloudWatch;
beforeEach(async () => {
  wire = await wireCloudWatch(seriesReply(() => 1));
});
afterEach(() => wire[Symbol.asyncDispose]());

test('a hundred rules, four polls a minute, an hour: each distinct metric once per period', async () => {
  const clock = drivenClock(START);
  const source = cloudwatch.open(wire.access(clock));
  // Two rules in a hundred are the same question, and ten services share their request counts.
  const rules = Array.from({ length: 100 }, (_, index) =>
    parse({ e: metric(`Errors${index % 50}`), r: metric(`Requests${index % 10}`) }, '100 * e / r'),
  );
  for (let poll = 0; poll < 240; poll++) {
    await Promise.all(
      rules.map((rule) => source.query(rule, { from: START - MINUTE, to: clock.now() }, SETTLE, signal)),
    );
    await clock.advance(15_000);
  }
  const sent = new Map<string, number>();
  for (const { input } of wire.calls) {
    for (const { MetricStat } of input.MetricDataQueries) {
      const name = MetricStat?.Metric.MetricName;
      if (name !== undefined) sent.set(name, (sent.get(name) ?? 0) + 1);
    }
  }
  expect(sent.size).toBe(60);
  expect([...new Set(sent.values())]).toEqual([60]);
  expect(wire.calls.length).toBe(60);
  const asked = wire.reports.reduce((sum, report) => sum + report.asked, 0);
  const saved = wire.reports.reduce((sum, report) => sum + report.saved, 0);
  expect(asked).toBe(60 * 60);
  // Every rule would have cost two metrics a poll.
  expect(asked + saved).toBe(240 * 100 * 2);
});

test('the whole history once, then only the newest stretch', async () => {
  const clock = drivenClock(START + 600 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a * 1');
  const poll = () => source.query(rule, { from: START, to: clock.now() }, SETTLE, signal);
  expect((await poll()).points.length).toBe(600);
  await clock.advance(MINUTE);
  expect((await poll()).points.length).toBe(601);
  const [first, second] = wire.calls.map(({ input }) => (input.EndTime - input.StartTime) / 60);
  expect(first).toBe(600);
  // Two that had not settled, one that is new, three for late and revised points.
  expect(second).toBe(6);
});

test('an expression that depends on its whole window is asked whole', async () => {
  const clock = drivenClock(START + 60 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a / AVG(a)');
  for (let poll = 0; poll < 8; poll++) {
    await source.query(rule, { from: START, to: clock.now() }, SETTLE, signal);
    await clock.advance(15_000);
  }
  expect(wire.calls.map(({ input }) => (input.EndTime - input.StartTime) / 60)).toEqual([60, 61]);
});

test('late and revised points are seen, and one that is taken back goes', async () => {
  const clock = drivenClock(START + 10 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a * 1');
  const poll = async () => {
    const { points } = await source.query(rule, { from: START, to: clock.now() }, SETTLE, signal);
    return points.map(({ at, value }) => `${(at - START) / MINUTE}=${value}`);
  };
  wire.reply = seriesReply((_, at) => (at >= START + 7 * MINUTE ? undefined : 1));
  expect((await poll()).at(-1)).toBe('6=1');
  await clock.advance(MINUTE);
  wire.reply = seriesReply((_, at) => (at === START + 6 * MINUTE ? undefined : at >= START + 7 * MINUTE ? 5 : 1));
  expect((await poll()).slice(5)).toEqual(['5=1', '7=5', '8=5', '9=5', '10=5']);
});

test('a deployment that started earlier has its own history asked for, another rule nothing', async () => {
  const clock = drivenClock(START + 60 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a * 1');
  const poll = (from: number) => source.query(rule, { from, to: clock.now() }, SETTLE, signal);
  expect((await poll(START + 30 * MINUTE)).points.length).toBe(30);
  expect((await poll(START + 40 * MINUTE)).points.length).toBe(20);
  expect(wire.calls.length).toBe(1);
  expect((await poll(START)).points.length).toBe(60);
  expect(wire.calls[1]?.input.EndTime).toBe((START + 30 * MINUTE) / 1_000);
  expect(wire.calls.length).toBe(2);
});

test('a past that has settled is asked once, however often time goes on', async () => {
  const clock = drivenClock(START);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a * 1');
  const lastWeek = { from: START - 7 * 86_400_000, to: START - 7 * 86_400_000 + 60 * MINUTE };
  for (let poll = 0; poll < 50; poll++) {
    expect((await source.query(rule, lastWeek, SETTLE, signal)).points.length).toBe(60);
    await clock.advance(MINUTE);
  }
  expect(wire.calls.length).toBe(1);
});

test('the same question while the first is under way waits for that one', async () => {
  const clock = drivenClock(START + 10 * MINUTE);
  const access = wire.access(clock);
  const source = cloudwatch.open(access);
  const rule = parse({ a: metric('A') }, 'a * 1');
  const poll = () => source.query(rule, { from: START, to: clock.now() }, SETTLE, signal);
  const first = poll();
  while (access.caller.inFlight() === 0) await new Promise((resolve) => setImmediate(resolve));
  expect((await poll()).points.length).toBe((await first).points.length);
  expect(wire.calls.length).toBe(1);
});

test('what nobody used for an hour is forgotten', async () => {
  const clock = drivenClock(START + 10 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const window = { from: START, to: START + 5 * MINUTE };
  const [one, other] = [parse({ a: metric('A') }, 'a * 1'), parse({ a: metric('B') }, 'a * 1')];
  await source.query(one, window, SETTLE, signal);
  await clock.advance(30 * MINUTE);
  await source.query(one, window, SETTLE, signal);
  expect(wire.calls.length).toBe(1);
  await clock.advance(61 * MINUTE);
  await source.query(other, window, SETTLE, signal);
  await source.query(one, window, SETTLE, signal);
  expect(wire.calls.length).toBe(3);
});

test('what was taken for final by a clock that was ahead is asked again once it is put right', async () => {
  const clock = drivenClock(START);
  let set = 2 * 60 * MINUTE;
  const source = cloudwatch.open(wire.access({ ...clock, now: () => clock.now() + set }));
  const rule = parse({ a: metric('A') }, 'a');
  const poll = () => source.query(rule, { from: START - 5 * MINUTE, to: clock.now() + set }, SETTLE, signal);
  await poll();
  set = 0;
  await clock.advance(30 * MINUTE);
  await poll();
  const last = wire.calls.at(-1)?.input;
  expect(wire.calls).toHaveLength(2);
  expect([last?.StartTime, last?.EndTime]).toEqual([START / 1_000 - 300, START / 1_000 + 1_800]);
});

test('what is in use is held however much it is: six thousand rules are asked once a period, not once a poll', async () => {
  const clock = drivenClock(START + 10 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rules = Array.from({ length: 6_000 }, (_, index) => parse({ a: metric(`M${index}`) }, 'a * 1'));
  const poll = () =>
    Promise.all(rules.map((rule) => source.query(rule, { from: START, to: clock.now() }, SETTLE, signal)));
  await poll();
  const once = wire.calls.length;
  expect(once).toBe(6_000 / 250);
  for (let again = 0; again < 3; again++) {
    await clock.advance(15_000);
    await poll();
  }
  expect(wire.calls.length).toBe(once);
});

test('the series is the very same one until something settles or is answered, and another then', async () => {
  const clock = drivenClock(START + 10 * MINUTE);
  const source = cloudwatch.open(wire.access(clock));
  const rule = parse({ a: metric('A') }, 'a * 1');
  const poll = () => source.query(rule, { from: START, to: clock.now() }, SETTLE, signal);
  const first = await poll();
  await clock.advance(15_000);
  expect(await poll()).toBe(first);
  const before = first.points;
  await clock.advance(45_000);
  const next = await poll();
  expect(next).not.toBe(first);
  expect(next.points.length).toBe(before.length + 1);
  expect(first.points).toEqual(before);
});
