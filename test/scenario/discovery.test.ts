/** Which deployments are watched, and what finding them costs. */
import { expect, test } from 'vitest';
import type { TargetAccess } from '../../src/engine/access.ts';
import { policy } from './support/policy.ts';
import { world } from './support/world.ts';

/** All deployments of the target are MANAGED, as those of experiments are. */
function managed(access: TargetAccess): TargetAccess {
  const newestDeployments: TargetAccess['port']['newestDeployments'] = async (...asked) =>
    (await access.port.newestDeployments(...asked)).map((one) => ({ ...one, type: 'MANAGED' }));
  return { ...access, port: { ...access.port, newestDeployments } };
}

test('a MANAGED deployment is left alone', async () => {
  await using here = await world({ between: managed });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('30m');
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.of('deployment-discovered')).toEqual([]);
});

test('a MANAGED deployment is watched where a policy names the type', async () => {
  const match = { application: 'checkout', environment: '*', types: ['MANAGED'] };
  await using here = await world({ between: managed, policy: policy({ match }) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('deployment-discovered')[0]?.snapshot.type).toBe('MANAGED');
});

const PLACE = { application: 'checkout', environment: 'prod*' };

test.each([
  ['profile', { profile: 'flag?' }, { profile: 'colour*' }],
  ['tags', { tags: { team: 'pay*' } }, { tags: { team: 'search' } }],
  ['description', { description: '*canary*' }, { description: '*nightly*' }],
  ['version label', { versionLabel: 'v2.*' }, { versionLabel: 'v3.*' }],
])('a policy that matches by %s watches what fits and nothing else', async (_, fits, other) => {
  const shop = { tags: { team: 'payments' } };
  const flag = { flag: 'bad', description: 'the canary one', versionLabel: 'v2.1' } as const;
  {
    await using here = await world({ shop, policy: policy({ match: { ...PLACE, ...fits } }) });
    const number = await here.shop.deploy(flag);
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  }
  await using here = await world({ shop, policy: policy({ match: { ...PLACE, ...other } }) });
  await here.shop.deploy(flag);
  await here.advance('3m');
  expect(here.of('deployment-discovered')).toEqual([]);
  // It is read once to know that nobody wants it, and not at every pass.
  expect(here.calls('GetDeployment')).toBe(1);
});

/** Over as soon as it begins. */
const AT_ONCE = { growth: 'LINEAR', factor: 100, minutes: 0, bakeMinutes: 0 } as const;

test('one that comes and goes between two polls is told as missed where a policy wants it, and read once where none does', async () => {
  {
    await using here = await world({ rollout: AT_ONCE });
    await here.advance('1m');
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.advance('5m');
    expect((await here.shop.get(number)).State).toBe('COMPLETE');
    expect(here.of('deployment-missed')).toMatchObject([{ number, state: 'COMPLETE', environment: { name: 'prod' } }]);
    expect(here.of('deployment-discovered')).toEqual([]);
  }
  const match = { ...PLACE, profile: 'colours' };
  await using here = await world({ rollout: AT_ONCE, policy: policy({ match }) });
  await here.advance('1m');
  await here.shop.deploy({ flag: 'bad' });
  const since = here.clock.now();
  await here.advance('5m');
  expect(here.of('deployment-missed')).toEqual([]);
  expect(here.calls('GetDeployment', since)).toBe(1);
});

test('the account, the names and the version are in the record', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'good', versionLabel: 'v2.1', description: 'new checkout' });
  await here.advance('1m');
  expect(here.of('deployment-discovered')[0]?.snapshot).toMatchObject({
    account: '111122223333',
    ref: { target: 'main', region: 'eu-west-1', number },
    application: { name: 'checkout' },
    environment: { name: 'prod' },
    profile: { name: 'flags' },
    version: '1',
    versionLabel: 'v2.1',
    description: 'new checkout',
    growthType: 'LINEAR',
    growthFactor: 20,
  });
});

test('a cycle costs one list per matching application, and a deployment that is followed one read', async () => {
  await using here = await world({ policy: policy({ match: { application: 'shop-*', environment: 'prod' } }) });
  const shops = [];
  for (const name of ['shop-1', 'shop-2', 'shop-3']) shops.push(await here.openShop({ application: name }));
  await here.restart();
  await here.advance('1s');
  // Nothing runs: one cycle before the sweep is due.
  let since = here.clock.now();
  const cost = () =>
    ['ListApplications', 'ListEnvironments', 'ListDeployments', 'GetDeployment'].map((one) => here.calls(one, since));
  await here.advance('15s');
  expect(cost()).toEqual([0, 3, 0, 0]);
  // Four cycles, in which the sweep lists each environment once.
  since = here.clock.now();
  await here.advance('1m');
  expect(cost()).toEqual([0, 12, 3, 0]);
  // One deployment runs.
  await shops[0]?.deploy({ flag: 'good' });
  await here.advance('30s');
  since = here.clock.now();
  await here.advance('1m');
  const [applications, environments, deployments, reads] = cost();
  expect([applications, environments, reads]).toEqual([0, 12, 4]);
  // The sweep lists the one that is followed as rarely as the two that do not deploy.
  expect(deployments).toBe(3);
});

test('the list of applications is read every applicationsEvery', async () => {
  await using here = await world({ policy: policy({}, { discovery: { applicationsEvery: '5m', sweep: '1m' } }) });
  const since = here.clock.now();
  await here.advance('21m');
  expect(here.calls('ListApplications', since)).toBe(5);
});
