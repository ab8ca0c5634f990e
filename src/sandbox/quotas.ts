/** AWS's quotas of requests a second, by account, region and operation: what is above them is throttled. */
import type { Clock } from '../lib/clock.ts';

/** As the service quotas print them; operations that are not named have none here. */
const PER_SECOND: Readonly<Record<string, number>> = {
  ListApplications: 10,
  ListEnvironments: 10,
  ListDeployments: 10,
  ListTagsForResource: 10,
  GetDeployment: 100,
  StopDeployment: 10,
  DescribeAlarms: 9,
  GetMetricData: 50,
};

/** Whether one more request is within the quota; counts it. A bucket holds one second's worth. */
export type Quotas = (account: string, region: string, operation: string) => boolean;

export function quotas(clock: Clock): Quotas {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (account, region, operation) => {
    const rate = PER_SECOND[operation];
    if (rate === undefined) return true;
    const key = `${account}/${region}/${operation}`;
    const now = clock.elapsed();
    const before = buckets.get(key) ?? { tokens: rate, at: now };
    const tokens = Math.min(rate, before.tokens + ((now - before.at) * rate) / 1_000);
    const within = tokens >= 1;
    buckets.set(key, { tokens: within ? tokens - 1 : tokens, at: now });
    return within;
  };
}
