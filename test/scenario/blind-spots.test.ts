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
