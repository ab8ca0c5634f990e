/** Good and bad rollouts, as sentences. */
import { expect, test } from 'vitest';
import { EXPONENTIAL, LINEAR, world } from './support/world.ts';

test.each([
  ['linear', LINEAR],
  ['exponential', EXPONENTIAL],
])('a good %s rollout completes untouched', async (_, rollout) => {
  await using here = await world({ rollout });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('the deployment is complete', async () => (await here.shop.get(number)).State === 'COMPLETE');
  await here.until('the watch is released', () => here.of('watch-released').length > 0);
  expect(here.stopCalls()).toBe(0);
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['COMPLETE, no rule was breached']);
});

test.each([
  ['linear', LINEAR],
  ['exponential', EXPONENTIAL],
])('a bad %s rollout is stopped once, followed to ROLLED_BACK and found recovered', async (_, rollout) => {
  await using here = await world({ rollout });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('the watch is released', () => here.of('watch-released').length > 0);
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([{ kind: 'rolled-back', attempts: 1 }]);
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['recovered']);
});
