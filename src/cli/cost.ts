/** What watching one deployment asks of paid APIs, from the policy alone. */
import type { Policy, Rule } from '../policy/schema.ts';

/** CloudWatch bills GetMetricData by metrics requested: USD for one. */
const METRIC_PRICE = 0.01 / 1_000;
const HOUR = 3_600_000;

/** Metrics requested in an hour: each once a period, since asking more often learns nothing. */
function metricsAnHour(rule: Rule): number {
  if (!('source' in rule) || rule.source.kind !== 'cloudwatch') return 0;
  const metrics = Math.max(1, Object.keys(rule.source.metrics).length);
  return (metrics * HOUR) / rule.source.period;
}

/** Requests in an hour to sources that are asked over plain HTTP: one a period. */
function requestsAnHour(rule: Rule): number {
  return !('source' in rule) || rule.source.kind === 'cloudwatch' ? 0 : HOUR / rule.source.period;
}

export interface PolicyCost {
  readonly metricsAnHour: number;
  readonly dollarsAnHour: number;
  /** To Prometheus and others that bill by their own rules, or not at all. */
  readonly requestsAnHour: number;
}

/** At most this for each hour one deployment is watched; queries shared between policies are asked once. */
export function costOf(policy: Policy): PolicyCost {
  const metrics = policy.rules.reduce((sum, rule) => sum + metricsAnHour(rule), 0);
  const requests = policy.rules.reduce((sum, rule) => sum + requestsAnHour(rule), 0);
  return { metricsAnHour: metrics, dollarsAnHour: metrics * METRIC_PRICE, requestsAnHour: requests };
}
