/** A breach that shows only while the deployment bakes. */
import { expect, test } from 'vitest';
import { policy } from './support/policy.ts';
import { SHORT_THEN_BAKE, world } from './support/world.ts';

const MODES = [
  ['strict', 'DEPLOYING'],
  ['strict', 'READY_FOR_DEPLOYMENT'],
  ['lenient', 'DEPLOYING'],
  ['lenient', 'READY_FOR_DEPLOYMENT'],
] as const;

test.each(MODES)(
  'a breach while baking is stopped with AllowRevert (%s, environment reads %s)',
  async (baking, state) => {
    await using here = await world({ rollout: SHORT_THEN_BAKE, sandbox: { baking, bakingEnvironmentState: state } });
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    expect(here.of('stop-requested').map((event) => event.allowRevert)).toEqual([true]);
    expect(here.of('stop-answered').map((event) => event.allowRevert)).toEqual([true]);
    expect(here.of('stop-settled').map((event) => event.outcome)).toEqual([{ kind: 'rolled-back', attempts: 1 }]);
    expect(here.of('stop-settled')[0]?.snapshot.events.map((event) => event.type)).toContain('BAKE_TIME_STARTED');
    expect(here.stopCalls()).toBe(1);
  },
);

test.each(MODES)(
  'baking: ignore withholds once and lets it complete (%s, environment reads %s)',
  async (baking, state) => {
    await using here = await world({
      rollout: SHORT_THEN_BAKE,
      sandbox: { baking, bakingEnvironmentState: state },
      policy: policy({ baking: 'ignore' }),
    });
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('COMPLETE');
    expect(here.stopCalls()).toBe(0);
    const [withheld, ...more] = here.of('stop-withheld');
    expect(more).toEqual([]);
    expect(withheld?.reason).toBe('baking-ignored');
    expect(withheld?.because[0]).toContain('above 1');
    expect(here.of('watch-released')[0]?.because).toBe('COMPLETE; a stop was withheld (baking-ignored)');
  },
);

test.each(['DEPLOYING', 'READY_FOR_DEPLOYMENT'] as const)(
  'a daemon that starts while a deployment is baking finds it and stops it (environment reads %s)',
  async (bakingEnvironmentState) => {
    await using here = await world({
      rollout: SHORT_THEN_BAKE,
      sandbox: { bakingEnvironmentState },
      daemon: false,
    });
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.advance('4m');
    expect((await here.shop.get(number)).State).toBe('BAKING');
    await here.restart();
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    expect(here.of('deployment-discovered').map((event) => event.snapshot.state)).toEqual(['BAKING']);
    expect(here.stopCalls()).toBe(1);
  },
);

test('a deployment that begins and bakes between two cycles is found by the sweep', async () => {
  await using here = await world({
    rollout: { ...SHORT_THEN_BAKE, minutes: 0 },
    sandbox: { bakingEnvironmentState: 'READY_FOR_DEPLOYMENT' },
    policy: policy({}, { poll: '0 * * * * *' }),
  });
  await here.advance('10s');
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
});
