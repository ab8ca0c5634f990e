/** Dimensions of CloudWatch metrics with places for a deployment. */
import { expect, test } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { seriesReply, wireCloudWatch } from '../support/wire-cloudwatch.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

test('are filled for each deployment, and equal ones share what is held', async () => {
  await using wire = await wireCloudWatch(seriesReply(() => 1));
  const source = cloudwatch.open(wire.access(drivenClock(NOW)));
  const dimensions = { App: '{{deployment.application}}-{{deployment.environment}}', Stage: 'x' };
  const metrics = { m: { namespace: 'Shop', metric: 'Errors', stat: 'Sum', dimensions } };
  const query = cloudwatch.options().parse({ kind: 'cloudwatch', period: '60s', metrics });
  const of = (name: string) => {
    const deployment = deploymentAt(NOW, { application: { id: 'a', name } });
    return source.forDeployment?.(query, deployment) ?? query;
  };
  expect(of('checkout')).toBe(of('checkout'));
  const window = { from: NOW - 600_000, to: NOW };
  const { signal } = new AbortController();
  for (const name of ['checkout', `"search" {1}`, 'checkout']) await source.query(of(name), window, 0, signal);
  const sent = wire.calls.flatMap(({ input }) =>
    input.MetricDataQueries.map(({ MetricStat }) => MetricStat?.Metric.Dimensions),
  );
  expect(sent).toEqual([
    [
      { Name: 'App', Value: 'checkout-prod' },
      { Name: 'Stage', Value: 'x' },
    ],
    [
      { Name: 'App', Value: '"search" {1}-prod' },
      { Name: 'Stage', Value: 'x' },
    ],
  ]);
});
