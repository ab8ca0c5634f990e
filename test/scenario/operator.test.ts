/** What people tell the daemon: stop, hold and release one deployment, on record with who and why, over restarts. */
import { expect, test } from 'vitest';
import { policy } from './support/policy.ts';
import { world } from './support/world.ts';

const WORD = { by: 'ana', reason: 'INC-42' };

test('stop: a person stops what no rule finds fault with, and the record says who and why', async () => {
  await using here = await world({ policy: policy({ mode: 'observe' }) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  const answer = here.daemon.operator.stop(`checkout/prod/${number}`, WORD);
  expect(answer).toMatchObject({ kind: 'done', changed: true });
  expect(here.daemon.operator.stop(`checkout/prod/${number}`, WORD)).toMatchObject({ changed: false });
  await here.until('it is settled', () => here.of('stop-settled').length > 0, '1m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-requested').map(({ by, because }) => [by, because])).toEqual([
    [{ kind: 'operator', name: 'ana', reason: 'INC-42' }, ['ana: INC-42']],
  ]);
  expect(here.stopCalls()).toBe(1);
});

test('stop: a process that dies in the middle is followed by one that goes on with it, in the name of who asked', async () => {
  await using here = await world({ policy: policy({ mode: 'observe' }) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('2m');
  here.killWhen((event) => event.kind === 'stop-requested');
  here.daemon.operator.stop(`checkout/prod/${number}`, WORD);
  await here.advance('5s');
  expect(here.killed()).toBe(true);
  await here.restart();
  await here.until('it is settled', () => here.of('stop-settled').length > 0, '2m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('stop-settled')[0]?.by).toEqual({ kind: 'operator', name: 'ana', reason: 'INC-42' });
});

test('hold: a bad rollout goes on while it is held, over a restart too, and is stopped when it is released', async () => {
  await using here = await world({ policy: policy() });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('it is watched', () => here.of('deployment-discovered').length > 0, '1m');
  expect(here.daemon.operator.hold(`checkout/prod/${number}`, WORD)).toMatchObject({ kind: 'done', changed: true });
  expect(here.daemon.operator.hold(`checkout/prod/${number}`, WORD)).toMatchObject({ changed: false });
  await here.until('the stop is withheld', () => here.of('stop-withheld').length > 0, '10m');
  expect(here.of('stop-withheld').map(({ reason }) => reason)).toEqual(['held']);
  await here.restart();
  await here.advance('2m');
  expect(here.stopCalls()).toBe(0);
  const released = here.daemon.operator.release(`checkout/prod/${number}`, { by: 'bo', reason: 'checked' });
  expect(released).toMatchObject({ kind: 'done', changed: true });
  expect(here.daemon.operator.release(`checkout/prod/${number}`, WORD)).toMatchObject({ changed: false });
  await here.until('it is stopped', () => here.of('stop-settled').length > 0, '5m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('deployment-held').map(({ by, reason }) => [by, reason])).toEqual([['ana', 'INC-42']]);
  expect(here.of('hold-released').map(({ by, reason }) => [by, reason])).toEqual([['bo', 'checked']]);
});

test('hold: a person may still stop what is held', async () => {
  await using here = await world({ policy: policy() });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('it is watched', () => here.of('deployment-discovered').length > 0, '1m');
  here.daemon.operator.hold(`checkout/prod/${number}`, WORD);
  here.daemon.operator.stop(`checkout/prod/${number}`, WORD);
  await here.until('it is settled', () => here.of('stop-settled').length > 0, '1m');
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});

test('what is not under watch is told with what is', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('it is watched', () => here.of('deployment-discovered').length > 0, '1m');
  const { applicationId, environmentId } = here.of('deployment-discovered')[0]?.watch.deployment ?? {};
  const known = `main:${applicationId}/${environmentId}/${number}`;
  expect(here.daemon.operator.hold('checkout/prod/99', WORD)).toEqual({ kind: 'unknown', candidates: [known] });
  expect(here.daemon.operator.hold(known, WORD)).toMatchObject({ kind: 'done', deployment: `checkout/prod/${number}` });
});
