/** What stands around the daemon in the tests of the built form: a sandbox process, and a shop that is a customer of it. */
import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { openShop, type Shop } from '../../../src/demo/shop.ts';
import { type Sample, startTraffic } from '../../../src/demo/traffic.ts';
import type { Package } from './package.ts';
import { openPlace, type Place, REGION } from './place.ts';

export interface Scene extends Place {
  readonly shop: Shop;
}

/** The policy of the shop; `name` tells versions of the file apart. */
export function policyText(journal: string, name = 'checkout-prod'): string {
  return `version: 1
targets:
  - region: ${REGION}
poll: "*/5 * * * * *"
policies:
  - name: ${name}
    match: { application: checkout, environment: prod }
    mode: enforce
    verify: { for: 5m }
    rules:
      - name: error-rate
        source:
          kind: cloudwatch
          period: 60s
          metrics:
            errors: { namespace: Shop, metric: Errors, stat: Sum, dimensions: { Service: checkout } }
            requests: { namespace: Shop, metric: Requests, stat: Sum, dimensions: { Service: checkout } }
          expression: 100 * errors / requests
        judge: { kind: threshold, above: 1, breaching: 1 of 2 }
        settle: 30s
journal: { path: "${journal}" }
http: { port: 0 }
`;
}

async function putSamples(cloudwatch: CloudWatchClient, samples: readonly Sample[], at: number): Promise<void> {
  const Dimensions = [{ Name: 'Service', Value: 'checkout' }];
  const MetricData = samples.map(({ metric, value }) => ({
    ...{ MetricName: metric, Value: value, Timestamp: new Date(at), Dimensions },
  }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
}

/** `speed`: seconds of the sandbox's clock in a real one. */
export async function openScene(built: Package, speed: number): Promise<Scene> {
  const place = await openPlace(built, speed);
  const { clock, cloudwatch } = place;
  place.writePolicy(policyText(place.journal));
  const rollout = { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 1 } as const;
  const shop = await openShop({ client: place.appconfig, rollout });
  for (let minute = 1; minute <= 15; minute++) {
    const quiet = [{ metric: 'Requests', value: 6_000 } as const, { metric: 'Errors', value: 6 } as const];
    await putSamples(cloudwatch, quiet, clock.now() - minute * 60_000);
  }
  const failed: unknown[] = [];
  const traffic = startTraffic({
    clock,
    badShare: shop.badShare,
    put: (samples) => putSamples(cloudwatch, samples, clock.now()),
    ...{ requestsPerMinute: 6_000, baseErrorRate: 0.001, badErrorRate: 0.2, every: 10_000 },
    onError: (error) => failed.push(error),
  });
  return {
    ...place,
    shop,
    async [Symbol.asyncDispose]() {
      traffic.stop();
      await place[Symbol.asyncDispose]();
      if (failed.length > 0) throw new AggregateError(failed, 'the traffic of the shop failed');
    },
  };
}
