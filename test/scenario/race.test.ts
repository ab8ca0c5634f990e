/** A deployment that completes while it is being stopped. */
import { expect, test } from 'vitest';
import { policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

/** Completes eight minutes after its start, without baking: two minutes after the evidence is in. */
const BARELY = { growth: 'LINEAR', factor: 25, minutes: 8, bakeMinutes: 0 } as const;

const PATIENT = { timeout: '300ms', budget: '5m', deadline: '10m' };

/** Keeps StopDeployment from getting through until the deployment is complete. */
async function completeInTheRace(here: World): Promise<number> {
  const number = await here.shop.deploy({ flag: 'bad' });
  const fault = here.sandbox.faults.add({ kind: 'internal-server-error', operation: 'StopDeployment' });
  await here.until('a stop was tried', () => here.stopCalls() > 0);
  expect((await here.shop.get(number)).State).toBe('DEPLOYING');
  await here.until('it is complete', async () => (await here.shop.get(number)).State === 'COMPLETE');
  here.sandbox.faults.remove(fault);
  return number;
}

test('a completion in the race is answered 400, read again and reverted with AllowRevert', async () => {
  await using here = await world({ rollout: BARELY, policy: policy({}, { stop: PATIENT }) });
  const number = await completeInTheRace(here);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('REVERTED');
  const [settled] = here.of('stop-settled');
  expect(settled?.outcome).toEqual({ kind: 'reverted', attempts: here.stopCalls() });
  const refused = here.of('stop-attempt-failed').find((event) => event.failure.status === 400);
  expect(refused).toMatchObject({ willRetry: true, failure: { reason: 'rejected' } });
  expect(here.of('stop-answered').map((event) => event.allowRevert)).toEqual([true]);
});

test('a completion in the race stays complete under baking: ignore, loudly', async () => {
  await using here = await world({ rollout: BARELY, policy: policy({ baking: 'ignore' }, { stop: PATIENT }) });
  const number = await completeInTheRace(here);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  const attempts = here.stopCalls();
  expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([
    { kind: 'already-over', state: 'COMPLETE', attempts },
  ]);
  expect(here.of('watch-released')[0]?.because).toMatch(/^COMPLETE in spite of a stop decided at /);
  expect(here.of('stop-answered')).toEqual([]);
});

test('a deployment that completed while no stop got through is reverted once stops work again', async () => {
  await using here = await world({
    rollout: BARELY,
    policy: policy({}, { stop: { timeout: '300ms', budget: '20s', deadline: '10m' } }),
  });
  const number = await here.shop.deploy({ flag: 'bad' });
  const fault = here.sandbox.faults.add({ kind: 'internal-server-error', operation: 'StopDeployment' });
  await here.until('it is complete', async () => (await here.shop.get(number)).State === 'COMPLETE');
  await here.advance('3m');
  expect(here.of('stop-failed').length).toBeGreaterThan(1);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('REVERTED');
  expect(here.of('stop-settled').map((event) => event.outcome.kind)).toEqual(['reverted']);
});

test('a deployment that completed while the daemon was down after its decision is reverted', async () => {
  await using here = await world({ rollout: BARELY });
  const number = await here.shop.deploy({ flag: 'bad' });
  here.killWhen((event) => event.kind === 'stop-decided');
  await here.until('the daemon is dead', here.killed);
  await here.advance('10m');
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  await here.restart();
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('REVERTED');
});
