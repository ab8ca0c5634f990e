/** Metrics that are silent, late, revised, growing, or were bad before the deployment. */
import { expect, test } from 'vitest';
import { ERROR_RATE, metricAbove, policy } from './support/policy.ts';
import { LINEAR, type World, world } from './support/world.ts';

const withNoData = (noData: string, change = {}) => policy({ rules: [{ ...ERROR_RATE, noData }], ...change });
const lastVerdict = (here: World) => here.of('rule-judged').at(-1)?.verdict;

test('a shop that falls silent is harm under noData: breached', async () => {
  await using here = await world({ policy: withNoData('breached') });
  const number = await here.shop.deploy({ flag: 'good' });
  here.mute();
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '15m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-decided')[0]?.because[0]).toContain('no data at ');
  expect(here.stopCalls()).toBe(1);
});

test.each(['healthy', 'inconclusive'])('a shop that falls silent completes under noData: %s', async (noData) => {
  await using here = await world({ policy: withNoData(noData) });
  const number = await here.shop.deploy({ flag: 'good' });
  here.mute();
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  expect(lastVerdict(here)?.kind).toBe(noData);
  expect(lastVerdict(here)?.because).toMatch(/no data/);
});

test('silence is an answer: onUnknown does not stop for it', async () => {
  await using here = await world({ policy: withNoData('inconclusive', { onUnknown: { after: '1m', do: 'stop' } }) });
  const number = await here.shop.deploy({ flag: 'good' });
  here.mute();
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('rule-unknown-too-long')).toEqual([]);
  expect(here.stopCalls()).toBe(0);
});

test('a breach whose datapoints come late, but within settle, is stopped as soon as it settles', async () => {
  await using here = await world();
  here.sandbox.faults.add({ kind: 'late-datapoints', by: 110_000 });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('a breach whose datapoints come later than settle is still seen', async () => {
  await using here = await world();
  here.sandbox.faults.add({ kind: 'late-datapoints', by: 4 * 60_000 });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).toContain('inconclusive');
});

test('a value that looks bad until it is revised does not stop anything', async () => {
  await using here = await world();
  here.sandbox.faults.add({ kind: 'revised-datapoints', metric: 'Errors', by: 100_000, factor: 50 });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).not.toContain('breached');
});

test('without settle the same unrevised value would have stopped it', async () => {
  await using here = await world({ policy: policy({ rules: [{ ...ERROR_RATE, settle: '0s' }] }) });
  here.sandbox.faults.add({ kind: 'revised-datapoints', metric: 'Errors', by: 100_000, factor: 50 });
  await here.shop.deploy({ flag: 'good' });
  await here.untilReleased();
  expect(here.stopCalls()).toBe(1);
});

test('a Sum above its bound stops with the next question, before its minute has settled', async () => {
  const rules = [metricAbove('errors', 'Errors', 100, {}, 'Sum')];
  await using here = await world({ silent: true, policy: policy({ rules }) });
  for (let minute = 0; minute < 3; minute++) await here.minute(0);
  const number = await here.shop.deploy({ flag: 'good' });
  for (let minute = 0; minute < 3; minute++) await here.minute(0);
  const minuteBegan = here.clock.now();
  here.put('Errors', 150);
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '10m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  const [decided] = here.of('stop-decided');
  expect(decided?.at).toBeLessThanOrEqual(minuteBegan + 75_000);
  expect(decided?.because[0]).toContain('150 at 12:16:00 (still growing)');
});

test('an Average above its bound waits until its minute has settled', async () => {
  await using here = await world({ silent: true, policy: policy({ rules: [metricAbove('errors', 'Errors', 100)] }) });
  for (let minute = 0; minute < 3; minute++) await here.minute(0);
  await here.shop.deploy({ flag: 'good' });
  for (let minute = 0; minute < 3; minute++) await here.minute(0);
  const minuteBegan = here.clock.now();
  here.put('Errors', 150);
  await here.until('it is stopped', () => here.of('stop-decided').length > 0, '10m');
  expect(here.of('stop-decided')[0]?.at).toBeGreaterThanOrEqual(minuteBegan + 180_000);
});

test('errors that were there before the deployment are ignored, and said so', async () => {
  await using here = await world({ baseErrorRate: 0.05, badErrorRate: 0.05 });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  expect(lastVerdict(here)?.kind).toBe('inconclusive');
  expect(lastVerdict(here)?.because).toMatch(/was already above 1 before the deployment started/);
});

test('errors that were there before the deployment stop it under preExisting: stop', async () => {
  await using here = await world({ baseErrorRate: 0.05, policy: policy({ preExisting: 'stop' }) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('errors that were there before, went away and came back with the deployment stop it', async () => {
  await using here = await world({ silent: true, rollout: { ...LINEAR, minutes: 30, bakeMinutes: 30 } });
  for (let minute = 0; minute < 5; minute++) await here.minute(300);
  const number = await here.shop.deploy({ flag: 'good' });
  for (let minute = 0; minute < 6; minute++) await here.minute(300);
  expect(lastVerdict(here)?.because).toMatch(/was already above 1/);
  for (let minute = 0; minute < 6; minute++) await here.minute(0);
  expect(lastVerdict(here)?.kind).toBe('healthy');
  expect(here.stopCalls()).toBe(0);
  for (let minute = 0; minute < 6; minute++) await here.minute(300);
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});
