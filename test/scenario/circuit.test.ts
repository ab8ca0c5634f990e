/** So many bad deployments at once point at something shared: the circuit breaker holds. */
import { expect, test } from 'vitest';
import type { Shop } from '../../src/demo/shop.ts';
import { policy } from './support/policy.ts';
import { LINEAR, type World, world } from './support/world.ts';

const EVERYWHERE = { match: { application: '*', environment: '*' } };
const OPTIONS = {
  rollout: { ...LINEAR, minutes: 60, bakeMinutes: 30 },
  policy: policy(EVERYWHERE, { limits: { stops: 2, per: '10m' } }),
  daemon: false,
};

async function fourBadOnes(here: World): Promise<readonly Shop[]> {
  const others = [];
  for (const application of ['search', 'cart', 'mail']) others.push(await here.openShop({ application }));
  const shops = [here.shop, ...others];
  for (const shop of shops) await shop.deploy({ flag: 'bad' });
  return shops;
}

async function statesOf(shops: readonly Shop[]): Promise<readonly string[]> {
  const states = await Promise.all(shops.map(async (shop) => (await shop.get(1)).State ?? ''));
  return states.sort();
}

async function tripped(here: World): Promise<readonly Shop[]> {
  const shops = await fourBadOnes(here);
  await here.restart();
  await here.until('the circuit is open', () => here.of('circuit-opened').length > 0);
  await here.advance('2m');
  return shops;
}

test('at most limits.stops deployments are stopped; the rest is withheld, told once each, and the circuit once', async () => {
  await using here = await world(OPTIONS);
  const shops = await tripped(here);
  expect(await statesOf(shops)).toEqual(['DEPLOYING', 'DEPLOYING', 'ROLLED_BACK', 'ROLLED_BACK']);
  expect(here.stopCalls()).toBe(2);
  expect(here.of('circuit-opened').map(({ stops, within }) => ({ stops, within }))).toEqual([
    { stops: 3, within: 600_000 },
  ]);
  expect(here.of('stop-withheld').map((event) => event.reason)).toEqual(['circuit-open', 'circuit-open']);
  expect(here.daemon.state().circuit).toBe('open');
  // It stays open until a person closes it.
  await here.advance('20m');
  expect(here.stopCalls()).toBe(2);
  expect(here.of('circuit-opened')).toHaveLength(1);
});

test('resume by a person lets the others be stopped', async () => {
  await using here = await world(OPTIONS);
  const shops = await tripped(here);
  expect(here.daemon.operator.resume('ada', 'it was the load balancer')).toBe(true);
  expect(here.daemon.operator.resume('ada', 'again')).toBe(false);
  await here.untilReleased();
  expect(await statesOf(shops)).toEqual(['ROLLED_BACK', 'ROLLED_BACK', 'ROLLED_BACK', 'ROLLED_BACK']);
  expect(here.stopCalls()).toBe(4);
  expect(here.of('circuit-closed').map(({ by, reason }) => [by, reason])).toEqual([
    ['ada', 'it was the load balancer'],
  ]);
});

test('an open circuit outlives a kill, and so do the stops it counts', async () => {
  await using here = await world(OPTIONS);
  const shops = await tripped(here);
  await here.restart();
  expect(here.daemon.state().circuit).toBe('open');
  await here.advance('5m');
  expect(here.stopCalls()).toBe(2);
  expect(await statesOf(shops)).toEqual(['DEPLOYING', 'DEPLOYING', 'ROLLED_BACK', 'ROLLED_BACK']);
  here.daemon.operator.resume('ada', 'looked into it');
  await here.restart();
  expect(here.daemon.state().circuit).toBe('closed');
  await here.untilReleased();
  expect(here.stopCalls()).toBe(4);
});

test('a kill after the second stop does not give the next life two more', async () => {
  await using here = await world(OPTIONS);
  const shops = await fourBadOnes(here);
  await here.restart();
  here.killWhen((event) => event.kind === 'stop-requested' && here.of('stop-requested').length === 2);
  await here.until('the daemon is dead', here.killed);
  await here.restart();
  await here.advance('3m');
  expect(await statesOf(shops)).toEqual(['DEPLOYING', 'DEPLOYING', 'ROLLED_BACK', 'ROLLED_BACK']);
  expect(here.of('circuit-opened')).toHaveLength(1);
});

test('a stop that is tried again does not count again', async () => {
  await using here = await world({ ...OPTIONS, daemon: true });
  await here.shop.deploy({ flag: 'bad' });
  const fault = here.sandbox.faults.add({ kind: 'expired-token', operation: 'StopDeployment' });
  await here.until('it was tried often', () => here.of('stop-failed').length >= 4);
  expect(here.of('circuit-opened')).toEqual([]);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(1)).State).toBe('ROLLED_BACK');
});
