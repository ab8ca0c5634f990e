/** Metrics that are loaded late: nothing that was told before is missing, nothing is counted twice. */
import { expect, it } from 'vitest';
import { serviceMetrics } from '../../src/service/metrics.ts';

const call = { operation: 'ListApplications', target: 'eu-west-1', duration: 12 };

it('counts what was told before they were loaded, once, in order', async () => {
  const metrics = serviceMetrics({ version: '1', now: () => 0, process: false });
  const target = 'eu-west-1';
  const failure = { reason: 'network', retryable: true, message: 'no network' } as const;
  metrics.onCall(call);
  metrics.onEvent({ kind: 'target-unreachable', at: 0, target, failure });
  metrics.onEvent({ kind: 'target-reachable', at: 1, target, unreachableFor: 1 });
  metrics.onPass({ target, pass: 'discovery', duration: 5 });
  metrics.onQueries({ asked: 3, saved: 2 });
  const registry = await metrics.load();
  metrics.onCall(call);
  const text = await registry.metrics();
  expect(text).toMatch(/aws_calls_total\{[^}]*operation="ListApplications"[^}]*\} 2\n/);
  expect(text).toMatch(/target_unreachable\{[^}]*\} 0\n/);
  expect(text).toMatch(/cycles_total\{[^}]*\} 1\n/);
  expect(text).toMatch(/metric_queries_asked_total 3\n/);
  expect(text).toMatch(/metric_queries_saved_total 2\n/);
});
