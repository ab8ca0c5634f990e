/** What a backtest asks AppConfig for: every page it needs and no more, and no numbers before their cost is agreed to. */
import { expect, test } from 'vitest';
import { askForPast, looksBy } from '../../src/backtest/backtest.ts';
import { deploymentTitle } from '../../src/core/deployment.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { policy } from '../scenario/support/policy.ts';
import { world } from '../scenario/support/world.ts';

const AT_ONCE = { growth: 'LINEAR', factor: 100, minutes: 1, bakeMinutes: 0 } as const;

test('deployments of several pages are found, older ones are not asked for, and a cost that is refused asks nothing', async () => {
  await using here = await world({ daemon: false, silent: true, rollout: AT_ONCE });
  const starts: number[] = [];
  for (let number = 1; number <= 60; number++) {
    starts.push(here.clock.now());
    await here.shop.deploy({ flag: 'good' });
    await here.advance('3m');
  }
  const loaded = loadPolicy({ path: 'p', text: policy() }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const { config } = loaded;
  using looks = looksBy(config, 0);
  const ask = async (since: number, agreed: boolean, only?: number) => {
    const costs: unknown[] = [];
    const past = await askForPast(config, looks, {
      since,
      now: here.clock.now(),
      connect: (target) =>
        connectTarget(target, { clock: here.clock, quotas: { GetDeployment: 1_000, ListDeployments: 1_000 } }),
      wants: ({ ref }) => only === undefined || ref.number === only,
      placebos: false,
      onProgress: () => {},
      onGap: (gap) => {
        throw new Error(gap);
      },
      agrees: (cost) => {
        costs.push(cost);
        return agreed;
      },
      signal: AbortSignal.timeout(20_000),
    });
    return { past, costs };
  };
  const refused = await ask(0, false);
  expect(refused).toEqual({ past: undefined, costs: [{ deployments: 60, metrics: 120, requests: 0 }] });
  expect([here.calls('ListDeployments'), here.calls('GetMetricData')]).toEqual([2, 0]);
  // The newest three begin on the first page, and the page after it is not asked for.
  const newest = await ask(starts[57] ?? 0, true);
  expect(newest.past?.cases.map(({ deployment }) => deploymentTitle(deployment))).toEqual([
    ...['checkout/prod/58', 'checkout/prod/59', 'checkout/prod/60'],
  ]);
  expect(here.calls('ListDeployments')).toBe(3);
  expect(newest.past?.answered).toHaveLength(3);
  expect((await ask(0, true, 7)).past?.cases).toHaveLength(1);
}, 60_000);
