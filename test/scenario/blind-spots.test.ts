/** What one wrong answer must not do: leave a deployment that runs without anybody who watches it. */
import { expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import { alarmRule, aPolicy, fileOf } from './support/policy.ts';
import { world } from './support/world.ts';

function refused(reason: 'not-found' | 'auth', message: string): Promise<never> {
  return Promise.reject(new FailureError({ reason, retryable: false, message }));
}

/** Says of every deployment under watch once that it does not exist: at its third read. */
function deniesOnce(access: TargetAccess): TargetAccess {
  let reads = 0;
  const getDeployment: TargetAccess['port']['getDeployment'] = (...asked) =>
    ++reads === 3 ? refused('not-found', 'Deployment 2 was not found.') : access.port.getDeployment(...asked);
  return { ...access, port: { ...access.port, getDeployment } };
}

test('a running deployment that AppConfig once says it does not know is found and watched again', async () => {
  await using here = await world({ between: deniesOnce });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('a watch ended', () => here.of('watch-released').length > 0);
  expect(here.of('watch-released')[0]?.because).toBe('the deployment does not exist any more');
  await here.until('it is undone', async () => (await here.shop.get(number)).State === 'ROLLED_BACK', '15m');
  expect(here.stopCalls()).toBe(1);
});

/** Tags cannot be read for a while. */
function withoutTags(isBroken: () => boolean) {
  return (access: TargetAccess): TargetAccess => {
    const tagsOf: TargetAccess['port']['tagsOf'] = (...asked) =>
      isBroken() ? refused('auth', 'ListTagsForResource: denied') : access.port.tagsOf(...asked);
    return { ...access, port: { ...access.port, tagsOf } };
  };
}

const PLACE = { application: 'checkout', environment: 'prod*' };
const WITH_AND_WITHOUT = fileOf([
  aPolicy({ name: 'by-name' }),
  aPolicy({ name: 'by-tag', mode: 'observe', match: { ...PLACE, tags: { team: 'payments' } } }),
]);

test('tags that cannot be read hold up the policies that need them, and no others', async () => {
  let broken = true;
  const shop = { tags: { team: 'payments' } };
  await using here = await world({ shop, policy: WITH_AND_WITHOUT, between: withoutTags(() => broken) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('1m');
  expect(here.of('deployment-discovered').map(({ watch }) => watch.policy)).toEqual(['by-name']);
  expect(here.of('discovery-incomplete').map(({ failure }) => failure.reason)).toEqual(['auth']);
  broken = false;
  await here.advance('1m');
  expect(here.of('deployment-discovered').map(({ watch }) => watch.policy)).toEqual(['by-name', 'by-tag']);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

/** A question about the alarm of the first deployment is never answered. */
function hangingAlarm(access: TargetAccess): TargetAccess {
  const check: TargetAccess['trigger']['check'] = (_options, _context, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  return { ...access, trigger: { check } };
}

test('a rule that hangs holds up neither the looks at other deployments nor their discovery', async () => {
  const hanging = aPolicy({
    name: 'hanging',
    match: { application: 'search', environment: '*' },
    rules: [alarmRule(['none'])],
  });
  await using here = await world({ policy: fileOf([aPolicy(), hanging]), between: hangingAlarm });
  const search = await here.openShop({ application: 'search' });
  await search.deploy({ flag: 'good' });
  await here.advance('1m');
  expect(here.of('deployment-discovered').map(({ watch }) => watch.policy)).toEqual(['hanging']);
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('it is undone', async () => (await here.shop.get(number)).State === 'ROLLED_BACK', '10m');
  expect(here.of('cycle-overran')).toHaveLength(1);
  // Health must not take it for a target that is looked at as it should be.
  const [target] = here.daemon.state().targets;
  expect(target?.lookedAt ?? 0).toBeLessThan(here.clock.now() - 300_000);
});

/** One environment's deployments cannot be listed for a while. */
function withoutList(environmentOf: () => string) {
  return (access: TargetAccess): TargetAccess => {
    const newestDeployments: TargetAccess['port']['newestDeployments'] = (application, environment, signal) =>
      environment === environmentOf()
        ? refused('auth', 'ListDeployments: denied')
        : access.port.newestDeployments(application, environment, signal);
    return { ...access, port: { ...access.port, newestDeployments } };
  };
}

test('an environment that cannot be listed for minutes is told critically, and what is found there later is stopped', async () => {
  let denied = '';
  await using here = await world({ between: withoutList(() => denied) });
  denied = here.shop.environmentId;
  const number = await here.shop.deploy({ flag: 'bad' });
  const what = 'deployments of checkout/prod';
  await here.until('it is told', () => here.of('unguarded').length > 0, '10m');
  expect(here.of('discovery-incomplete').map((event) => event.what)).toEqual([what]);
  const [told] = here.of('unguarded');
  expect(told).toMatchObject({ what, failure: { reason: 'auth' } });
  expect((told?.at ?? 0) - (told?.since ?? 0)).toBeGreaterThanOrEqual(180_000);
  expect(here.of('target-unreachable')).toEqual([]);
  expect(here.daemon.state().targets[0]?.unguarded).toEqual([{ what, since: told?.since }]);
  denied = '';
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('guarded-again')).toMatchObject([{ what, left: 0 }]);
  expect(here.daemon.state().targets[0]?.unguarded).toBeUndefined();
  expect(here.of('unguarded')).toHaveLength(1);
});

test('a deployment whose tags cannot be read for minutes is told critically where a policy needs them', async () => {
  const tagged = fileOf([aPolicy({ name: 'by-tag', match: { ...PLACE, tags: { team: 'payments' } } })]);
  await using here = await world({
    shop: { tags: { team: 'payments' } },
    policy: tagged,
    between: withoutTags(() => true),
  });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('it is told', () => here.of('unguarded').length > 0, '10m');
  expect(here.of('unguarded')).toMatchObject([{ what: `tags of deployment checkout/prod/${number}` }]);
  // It ends unwatched: that is told as well, and there is nothing left to guard.
  await here.until('it is over', () => here.of('guarded-again').length > 0, '2h');
  expect(here.of('deployment-missed').map((event) => event.number)).toEqual([number]);
});

test('tags that could never be read leave nothing unguarded once the deployment is over, by whomever it was watched', async () => {
  const shop = { tags: { team: 'payments' } };
  await using here = await world({ shop, policy: WITH_AND_WITHOUT, between: withoutTags(() => true) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('it is told', () => here.of('unguarded').length > 0, '10m');
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  await here.advance('2m');
  expect(here.of('guarded-again')).toMatchObject([{ what: `tags of deployment checkout/prod/${number}`, left: 0 }]);
  expect(here.of('deployment-missed')).toEqual([]);
});

test('an account that cannot be told is no gap where nothing needs it', async () => {
  const account = () => refused('auth', 'GetCallerIdentity: denied');
  await using here = await world({ between: (access) => ({ ...access, account }) });
  await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect(here.of('unguarded')).toEqual([]);
});
