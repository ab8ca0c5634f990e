/** After the rollback: did the metric come back? */
import { expect, test } from 'vitest';
import { policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

async function stoppedByFeeding(here: World): Promise<void> {
  for (let minute = 0; minute < 5; minute++) await here.minute(0);
  await here.shop.deploy({ flag: 'good' });
  while (here.of('stop-concluded').length === 0) await here.minute(600);
}

test('a metric that comes back is recovered, soon, and with its numbers', async () => {
  await using here = await world({ silent: true });
  await stoppedByFeeding(here);
  while (here.of('watch-released').length === 0) await here.minute(6);
  const [judged, ...more] = here.of('recovery-judged');
  expect(more).toEqual([]);
  expect(judged?.recovery).toBe('recovered');
  expect(judged?.because[0]).toContain('0.1 at ');
  expect(here.of('watch-released')[0]?.because).toBe('ROLLED_BACK after the stop; recovered');
  const concluded = here.of('stop-concluded')[0];
  expect((judged?.at ?? 0) - (concluded?.at ?? 0)).toBeLessThanOrEqual(6 * 60_000);
});

test('a metric that stays bad is not recovered: the deployment was not the reason, or not the only one', async () => {
  await using here = await world({ silent: true });
  await stoppedByFeeding(here);
  for (let minute = 0; minute < 12; minute++) await here.minute(600);
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['not-recovered']);
  expect(here.of('recovery-judged')[0]?.because[0]).toContain('10 at ');
  expect(here.of('watch-released')[0]?.because).toBe('ROLLED_BACK after the stop; not-recovered');
  const undone = here.of('stop-settled')[0]?.at ?? 0;
  expect((here.of('recovery-judged')[0]?.at ?? 0) - undone).toBeGreaterThanOrEqual(600_000 - 15_000);
  expect(here.stopCalls()).toBe(1);
});

test('a metric that vanishes cannot tell', async () => {
  await using here = await world({ silent: true });
  await stoppedByFeeding(here);
  await here.advance('12m');
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['cannot-tell']);
});

test('metrics that cannot be asked cannot tell', async () => {
  await using here = await world({ policy: policy({}, { poll: '0 * * * * *' }) });
  await here.shop.deploy({ flag: 'bad' });
  await here.until('it was stopped', () => here.of('stop-concluded').length > 0);
  here.sandbox.faults.add({ kind: 'expired-token', service: 'cloudwatch' });
  await here.untilReleased();
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['cannot-tell']);
});

test('verify: 0s releases right after the rollback', async () => {
  await using here = await world({ policy: policy({ verify: { for: '0s' } }) });
  await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect(here.of('recovery-judged')).toEqual([]);
  expect(here.of('watch-released')[0]?.because).toBe('ROLLED_BACK after the stop');
});
