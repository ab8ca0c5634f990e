/** Several policies over one deployment, observe mode, and rules that must agree. */
import { expect, test } from 'vitest';
import { aPolicy, ERROR_RATE, fileOf, metricAbove, policy } from './support/policy.ts';
import { world } from './support/world.ts';

test('two enforcing policies over one deployment make one StopDeployment, and each concludes its watch', async () => {
  await using here = await world({
    policy: fileOf([
      aPolicy({ name: 'first' }),
      aPolicy({ name: 'second', rules: [{ ...ERROR_RATE, name: 'other' }] }),
    ]),
  });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  expect(here.of('stop-requested')).toHaveLength(1);
  for (const kind of ['stop-decided', 'stop-concluded', 'recovery-judged', 'watch-released'] as const) {
    expect(
      here
        .of(kind)
        .map((event) => event.watch.policy)
        .sort(),
      kind,
    ).toEqual(['first', 'second']);
  }
  expect(here.of('stop-concluded').map((event) => event.outcome.kind)).toEqual(['rolled-back', 'rolled-back']);
});

test('two policies over one deployment share their questions to CloudWatch', async () => {
  await using here = await world({
    policy: fileOf([aPolicy({ name: 'first' }), aPolicy({ name: 'second' })]),
  });
  await here.shop.deploy({ flag: 'good' });
  const since = here.clock.now();
  await here.advance('2m');
  const perCycle = here.calls('GetMetricData', since) / 8;
  expect(perCycle).toBeLessThanOrEqual(1);
  expect(perCycle).toBeGreaterThan(0);
});

test('an observing policy tells once beside an enforcing one that stops', async () => {
  await using here = await world({
    policy: fileOf([aPolicy({ name: 'watcher', mode: 'observe' }), aPolicy({ name: 'keeper' })]),
  });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  expect(here.of('stop-withheld').map(({ reason, watch }) => [reason, watch.policy])).toEqual([['observe', 'watcher']]);
  expect(here.of('stop-decided').map((event) => event.watch.policy)).toEqual(['keeper']);
  expect(
    here
      .of('watch-released')
      .map((event) => event.watch.policy)
      .sort(),
  ).toEqual(['keeper', 'watcher']);
});

test('observe mode never calls StopDeployment and tells once that it would have', async () => {
  await using here = await world({ policy: policy({ mode: 'observe' }) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  const [withheld, ...more] = here.of('stop-withheld');
  expect(more).toEqual([]);
  expect(withheld).toMatchObject({ reason: 'observe' });
  expect(withheld?.because[0]).toMatch(/^error-rate: 100 \* errors \/ requests above 1/);
  expect(here.of('stop-decided')).toEqual([]);
});

const LATENCY = metricAbove('latency', 'Latency', 500);
const QUEUE = metricAbove('queue', 'Queue', 100);
const THREE = [ERROR_RATE, LATENCY, QUEUE];

test.each([
  ['all', 'all', [ERROR_RATE, LATENCY], { Latency: 900 }],
  ['atLeast 2', { atLeast: 2 }, THREE, { Latency: 900, Queue: 1 }],
  ['nested', { all: ['error-rate', { any: ['latency', 'queue'] }] }, THREE, { Latency: 1, Queue: 900 }],
])('stopWhen %s stops when enough rules breach, naming each', async (_, stopWhen, rules, levels) => {
  await using here = await world({ policy: policy({ stopWhen, rules }) });
  let level = { Latency: 1, Queue: 1 };
  const number = await here.shop.deploy({ flag: 'bad' });
  const run = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      for (const [metric, value] of Object.entries(level)) here.put(metric, value);
      await here.advance('1m');
    }
  };
  await run(7);
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).toContain('breached');
  expect(here.stopCalls()).toBe(0);
  level = { ...level, ...levels };
  await run(5);
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  const [decided] = here.of('stop-decided');
  expect(decided?.because).toHaveLength(2);
  expect(decided?.because.join('\n')).toContain('error-rate: ');
  expect(decided?.because.join('\n')).toContain(' above ');
});

test('stopWhen all lets a deployment complete that breaches one rule only', async () => {
  await using here = await world({ policy: policy({ stopWhen: 'all', rules: [ERROR_RATE, LATENCY] }) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('watch-released')[0]?.because).toBe(
    'COMPLETE, and NEVER JUDGED by latency; error-rate breached, which was not enough for stopWhen',
  );
});
