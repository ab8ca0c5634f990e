/** Renders docs/metrics.md from the metrics that the daemon registers. */
import type { Registry } from 'prom-client';

export async function metricsPage(registry: Registry): Promise<string> {
  const metrics = await registry.getMetricsAsJSON();
  const labelsOf = (name: string): string => {
    const metric = registry.getSingleMetric(name);
    const labels = metric !== undefined && 'labelNames' in metric ? metric.labelNames : [];
    return Array.isArray(labels) ? labels.map((label) => `\`${label}\``).join(', ') : '';
  };
  return [
    '# What the watchdog counts',
    '',
    '`GET /metrics` on the daemon’s HTTP port (127.0.0.1:9464 by default), in the format of Prometheus. Labels are names of the policy file and fixed words, so their number is bounded by that file; gauges of a watch go when it is released. Beside these stand Node’s own (`process_…`, `nodejs_…`). A test compares this page with the code.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...metrics.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${labelsOf(name)} | ${help} |`),
    '',
  ].join('\n');
}
