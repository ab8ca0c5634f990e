/** A changed policy file while deployments are being watched. */
import { expect, test } from 'vitest';
import { aPolicy, ERROR_RATE, fileOf, metricAbove, policy } from './support/policy.ts';
import { world } from './support/world.ts';

test('enforce that becomes observe in the middle stops nothing any more', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('3m');
  here.reload(policy({ mode: 'observe' }));
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
  expect(here.of('stop-withheld').map((event) => event.reason)).toEqual(['observe']);
  expect(here.of('deployment-discovered').map((event) => event.mode)).toEqual(['enforce', 'observe']);
});

test('observe that becomes enforce stops what it had only told', async () => {
  await using here = await world({ policy: policy({ mode: 'observe' }) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('a stop was withheld', () => here.of('stop-withheld').length > 0);
  here.reload(policy());
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
});

test('a rule that is added is judged from then on, and may stop', async () => {
  await using here = await world({ badErrorRate: 0 });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('2m');
  here.reload(policy({ rules: [ERROR_RATE, metricAbove('latency', 'Latency', 500)] }));
  for (let minute = 0; minute < 5; minute++) {
    here.put('Latency', 900);
    await here.advance('1m');
  }
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-decided')[0]?.because[0]).toMatch(/^latency: /);
  expect(here.of('deployment-discovered').map((event) => event.rules)).toEqual([
    ['error-rate'],
    ['error-rate', 'latency'],
  ]);
});

test('a bound that is changed is judged by from then on', async () => {
  await using here = await world({
    policy: policy({ rules: [{ ...ERROR_RATE, judge: { kind: 'threshold', above: 99 } }] }),
  });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('7m');
  expect(here.stopCalls()).toBe(0);
  here.reload(policy());
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('a policy that is added takes up what is already under watch by another', async () => {
  await using here = await world({ policy: fileOf([aPolicy({ name: 'watcher', mode: 'observe' })]) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('1m');
  here.reload(fileOf([aPolicy({ name: 'watcher', mode: 'observe' }), aPolicy({ name: 'keeper' })]));
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('deployment-discovered').map((event) => event.watch.policy)).toEqual(['watcher', 'keeper']);
});

test('a policy that is removed while it watches releases its watch, and nothing is stopped', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('2m');
  here.reload(fileOf([aPolicy({ name: 'elsewhere', match: { application: 'other', environment: '*' } })]));
  await here.advance('30m');
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['its policy was removed']);
  expect(here.daemon.state().watches).toEqual([]);
});

test.each(['reload', 'restart'] as const)(
  'a match that leaves the deployment out after a %s lets it go',
  async (how) => {
    await using here = await world();
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.advance('2m');
    const elsewhere = policy({ match: { application: 'checkout', environment: 'staging*' } });
    if (how === 'reload') here.reload(elsewhere);
    else await here.restart(elsewhere);
    await here.untilReleased();
    expect(here.of('watch-released').map(({ because }) => because)).toEqual(['its policy does not match it any more']);
    await here.advance('30m');
    expect((await here.shop.get(number)).State).toBe('COMPLETE');
    expect(here.stopCalls()).toBe(0);
  },
);

test('a policy that is removed while it stops leaves the stop to its end', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('the stop was answered', () => here.of('stop-answered').length > 0);
  here.reload(fileOf([aPolicy({ name: 'elsewhere', match: { application: 'other', environment: '*' } })]));
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-concluded').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['its policy was removed']);
  expect(here.stopCalls()).toBe(1);
});

test('a policy that is gone after a kill leaves the stop that was begun to its end', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  here.killWhen((event) => event.kind === 'stop-requested');
  await here.until('the daemon is dead', here.killed);
  await here.restart(fileOf([aPolicy({ name: 'elsewhere', match: { application: 'other', environment: '*' } })]));
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-concluded').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
});

const ELSEWHERE = { targets: [{ name: 'other', region: 'us-east-1' }] };

test('a target that is removed releases its watches', async () => {
  await using here = await world();
  await here.shop.deploy({ flag: 'bad' });
  await here.advance('2m');
  here.reload(policy({}, ELSEWHERE));
  await here.advance('10m');
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['its target was removed']);
  expect(here.stopCalls()).toBe(0);
});

test('a target that is removed while a stop is under way lets it end, and then releases the watch', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('the stop was answered', () => here.of('stop-answered').length > 0);
  here.reload(policy({}, ELSEWHERE));
  await here.untilReleased('2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-concluded').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['its target was removed']);
});

test('a reload in the middle keeps what is known: the stop comes as soon as without it, once', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  for (let round = 0; round < 20; round++) {
    await here.advance('20s');
    here.reload(policy());
  }
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  expect(here.of('deployment-discovered')).toHaveLength(1);
});
