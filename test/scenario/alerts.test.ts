/** Alerts that others send: they decide at once, once, for what runs, and a restart forgets none. */
import { expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { ERROR_RATE, policy } from './support/policy.ts';
import { SHORT_THEN_BAKE, type World, world } from './support/world.ts';

const RULE = {
  name: 'pager',
  trigger: { kind: 'webhook', hook: 'alertmanager', where: { labels: { service: '{{deployment.application}}' } } },
};
const RULES = { rules: [RULE] };
const HOOKS = { hooks: { alertmanager: { kind: 'alertmanager', insecure: true } } };
/** The usual file with this policy and a hook. */
const file = (change: object, top: object = {}) => policy({ ...change }, { ...HOOKS, ...top });

function send(here: World, change: Partial<Alert> = {}, deployments = []): boolean {
  const alert: Alert = {
    ...{ key: 'one', name: 'CheckoutErrors', state: 'firing', status: 'firing', since: here.clock.now() },
    ...{ labels: { service: 'checkout' }, summary: '4.2 % of the requests fail' },
    ...change,
  };
  return here.daemon.deliver('alertmanager', { alerts: [alert], deployments });
}
const clear = (here: World) => send(here, { state: 'resolved', status: 'resolved', since: here.clock.now() });

test('an alert stops the rollout at once, without a tick of the clock', async () => {
  await using here = await world({ policy: file(RULES) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  const before = here.clock.now();
  send(here);
  await expect.poll(() => here.of('stop-answered').length).toBe(1);
  expect(here.clock.now()).toBe(before);
  await here.advance('1m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  const kinds = here.events.map(({ kind }) => kind);
  expect(kinds.indexOf('alert-received')).toBeLessThan(kinds.indexOf('stop-requested'));
  expect(here.of('stop-decided')[0]?.because[0]).toMatch(
    /^pager: alert "CheckoutErrors" is firing since .*: 4.2 % of the requests fail$/,
  );
  clear(here);
  await here.untilReleased();
  expect(here.of('recovery-judged').map(({ recovery }) => recovery)).toEqual(['recovered']);
});

test('one that is about something else stops nothing', async () => {
  await using here = await world({ policy: file(RULES) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  send(here, { labels: { service: 'payment' } });
  here.daemon.deliver('another-hook', {
    alerts: [{ key: 'x', name: 'x', state: 'firing', status: 'x', labels: { service: 'checkout' }, summary: '' }],
    deployments: [],
  });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('watch-released')[0]?.unjudged).toEqual([]);
});

test('one that fired before the start is ignored until it is over and comes back', async () => {
  await using here = await world({ policy: file(RULES) });
  send(here);
  await here.advance('1m');
  await here.shop.deploy({ flag: 'good' });
  await here.advance('3m');
  expect(here.stopCalls()).toBe(0);
  expect(here.of('rule-judged').at(-1)?.verdict.kind).toBe('inconclusive');
  clear(here);
  await here.advance('1m');
  expect(here.of('rule-judged').at(-1)?.verdict.kind).toBe('healthy');
  send(here);
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '1m');
});

test('what is sent again and again is one record and one stop', async () => {
  await using here = await world({ policy: file(RULES) });
  await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  const since = here.clock.now();
  for (let again = 0; again < 20; again++) send(here, { since });
  await here.advance('1m');
  send(here, { since });
  await here.advance('1m');
  expect(here.of('alert-received').length).toBe(1);
  expect(here.stopCalls()).toBe(1);
});

test('a restart forgets no alert: it counts for the deployment that ran when it came', async () => {
  await using here = await world({ policy: file(RULES) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  here.killWhen((event) => event.kind === 'alert-received');
  send(here);
  await here.advance('30s');
  expect(here.killed()).toBe(true);
  expect(here.stopCalls()).toBe(0);
  await here.restart();
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '1m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('with stopWhen: all it counts beside what the last look saw of the others', async () => {
  await using here = await world({ policy: file({ rules: [ERROR_RATE, RULE], stopWhen: 'all' }), silent: true });
  await here.shop.deploy({ flag: 'good' });
  for (let minute = 0; minute < 5; minute++) await here.minute(10);
  send(here, { key: 'first' });
  await here.advance('15s');
  expect(here.stopCalls()).toBe(0);
  clear(here);
  send(here, { key: 'first', state: 'resolved', status: 'resolved', since: here.clock.now() });
  for (let minute = 0; minute < 5; minute++) await here.minute(600);
  expect(here.stopCalls()).toBe(0);
  const before = here.clock.now();
  send(here, { key: 'second' });
  await expect.poll(() => here.of('stop-answered').length).toBe(1);
  expect(here.clock.now()).toBe(before);
  expect(here.of('stop-decided')[0]?.because.length).toBe(2);
});

test('an alert that comes while a look hangs does not wait for it', async () => {
  await using here = await world({ policy: file(RULES), timeout: 60_000 });
  await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  here.sandbox.faults.add({ kind: 'hang', operation: 'GetDeployment' });
  void here.daemon.pass();
  await expect.poll(() => here.daemon.inFlight()).toBeGreaterThan(0);
  send(here);
  await expect.poll(() => here.of('stop-answered').length).toBe(1);
  here.sandbox.faults.clear();
});

/** No poll comes by itself any more: whatever is found is found because of an alert. */
const SELDOM = { poll: '0 0 * * * *' };

test.each(['DEPLOYING', 'READY_FOR_DEPLOYMENT'] as const)(
  'an alert finds what no poll has seen, and stops it at once, where a baking environment reads %s',
  async (bakingEnvironmentState) => {
    await using here = await world({
      policy: file(RULES, SELDOM),
      rollout: SHORT_THEN_BAKE,
      sandbox: { bakingEnvironmentState },
    });
    await here.advance('10s');
    const number = await here.shop.deploy({ flag: 'good' });
    await here.advance('2m');
    expect((await here.shop.get(number)).State).toBe('BAKING');
    expect(here.of('deployment-discovered').length).toBe(0);
    const before = here.clock.now();
    send(here);
    await expect.poll(() => here.of('stop-answered').length).toBe(1);
    expect(here.clock.now()).toBe(before);
    expect(here.of('stop-decided')[0]?.because[0]).toMatch(/^pager: alert "CheckoutErrors" is firing since/);
  },
);

test('an alert about something else, a late one and one that is over look for nothing', async () => {
  await using here = await world({ policy: file(RULES, SELDOM) });
  await here.advance('10s');
  await here.shop.deploy({ flag: 'good' });
  await here.advance('10s');
  const before = here.clock.now();
  send(here, { labels: { service: 'payment' } });
  send(here, { key: 'old', since: before - 60_000 });
  send(here, { key: 'old', since: before - 120_000 });
  clear(here);
  await here.advance('30s');
  // The old one may be about something older that runs unseen; what it found began after it.
  expect(here.calls('ListEnvironments', before)).toBe(1);
  expect(here.stopCalls()).toBe(0);
});

test('alerts in any number look around once in ten seconds at most', async () => {
  await using here = await world({ policy: file(RULES, SELDOM) });
  await here.advance('10s');
  const before = here.clock.now();
  for (let second = 0; second < 60; second++) {
    for (let each = 0; each < 30; each++) send(here, { key: `${second}/${each}` });
    await here.advance('1s');
  }
  expect(here.calls('ListEnvironments', before)).toBeLessThanOrEqual(7);
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('1s');
  send(here, { key: 'genuine' });
  await here.advance('10s');
  expect(here.of('stop-answered').length).toBe(1);
  await here.until('it is rolled back', async () => (await here.shop.get(number)).State === 'ROLLED_BACK', '1m');
});

test('a search for an alert that fails is left to the next pass', async () => {
  await using here = await world({ policy: file(RULES) });
  await here.advance('1m');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('1s');
  const before = here.clock.now();
  here.sandbox.faults.add({ kind: 'expired-token', operation: 'ListEnvironments' });
  send(here);
  await expect.poll(() => here.calls('ListEnvironments', before)).toBeGreaterThan(0);
  await expect.poll(() => here.daemon.inFlight()).toBe(0);
  here.sandbox.faults.clear();
  expect(here.of('deployment-discovered').length).toBe(0);
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '1m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('a word about a deployment makes its discovery immediate', async () => {
  await using here = await world({ policy: file(RULES, { poll: '0 0 * * * *' }) });
  await here.advance('10s');
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('10s');
  expect(here.of('deployment-discovered').length).toBe(0);
  const { ApplicationId: applicationId = '', EnvironmentId: environmentId = '' } = await here.shop.get(number);
  const hint = { applicationId, environmentId, number, region: 'eu-west-1' };
  here.daemon.deliver('events', { alerts: [], deployments: [{ ...hint, region: 'us-east-1' }] });
  here.daemon.deliver('events', { alerts: [], deployments: [{ ...hint, environmentId: 'nothing' }] });
  await here.advance('1s');
  expect(here.of('deployment-discovered').length).toBe(0);
  here.daemon.deliver('events', { alerts: [], deployments: [hint, hint] });
  await expect.poll(() => here.of('deployment-discovered').length).toBe(1);
});
