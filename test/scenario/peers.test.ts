/**
 * Four comparisons that other tools passed and their users expected to fail, through the whole daemon and sandbox, with the
 * judge a user would choose: harm is stopped, and a new version like the old one is not.
 */
import { expect, test } from 'vitest';
import { policy } from './support/policy.ts';
import { world } from './support/world.ts';

/** Everybody at the end of the first minute: what is new is compared with what is old for as long as it bakes. */
const ROLLOUT = { growth: 'LINEAR', factor: 100, minutes: 1, bakeMinutes: 19 } as const;
const DIFFERENCE = {
  name: 'compared',
  source: {
    kind: 'cloudwatch',
    period: '60s',
    metrics: {
      fresh: { namespace: 'Shop', metric: 'New', stat: 'Average' },
      old: { namespace: 'Shop', metric: 'Old', stat: 'Average' },
    },
    expression: 'fresh - old',
  },
  settle: '60s',
};
const RANK = { kind: 'mann-whitney', new: 'fresh', old: 'old', looks: 2 };
const alike = (value: number) => Array.from({ length: 10 }, () => value);

async function stopsAfter(judge: object, fresh: readonly number[], old: readonly number[]) {
  await using here = await world({
    silent: true,
    rollout: ROLLOUT,
    policy: policy({ rules: [{ ...DIFFERENCE, judge }], verify: { for: '0s' } }),
  });
  await here.shop.deploy({ flag: 'bad' });
  for (let minute = 0; here.of('watch-released').length === 0; minute++) {
    here.put('New', fresh[minute % fresh.length] ?? 0);
    here.put('Old', old[minute % old.length] ?? 0);
    await here.clock.advance(60_000);
  }
  return { stops: here.stopCalls(), end: here.of('watch-released')[0] };
}

test.each([
  ['most values a hundred times as high, some as before', RANK, [100, 100, 1, 100, 100, 1, 100, 100, 1, 100], alike(1)],
  [
    'a few errors where there were none',
    { kind: 'threshold', above: 0, breaching: '3 of 6' },
    [0, 1, 2, 1, 0, 0],
    alike(0),
  ],
  ['small rates now and then against zeros', RANK, [0.03, 0, 0.18, 0.07, 0.11, 0, 0.05, 0.16, 0.09, 0.04], alike(0)],
  [
    'the same mean, and a larger variance',
    { kind: 'threshold', above: 20, below: -20, breaching: '4 of 6' },
    [140, 60, 140, 60, 140, 60],
    [101, 99, 101, 99, 101, 99],
  ],
])(
  '%s',
  async (_, judge, fresh, old) => {
    expect(await stopsAfter(judge, fresh, old)).toMatchObject({ stops: 1, end: { finalState: 'ROLLED_BACK' } });
    const calm = await stopsAfter(judge, old, old);
    expect(calm).toMatchObject({ stops: 0, end: { finalState: 'COMPLETE', unjudged: [] } });
  },
  60_000,
);

test('one look, at the end, still comes in time to stop it', async () => {
  const { stops, end } = await stopsAfter({ ...RANK, looks: 1 }, alike(100), alike(1));
  expect({ stops, end: end?.finalState }).toEqual({ stops: 1, end: 'ROLLED_BACK' });
}, 60_000);
