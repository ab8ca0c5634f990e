/** Dimensions with places for a deployment, filled; they are data of the call, in which nothing has to be escaped. */
import type { Deployment } from '../../core/deployment.ts';
import { fillTemplate, isTemplate } from '../../lib/template.ts';
import type { CloudWatchMetric, CloudWatchQuery } from './options.ts';

function fill(metric: CloudWatchMetric, deployment: Deployment): CloudWatchMetric {
  const dimensions = Object.entries(metric.dimensions).map(([name, value]) => [name, fillTemplate(value, deployment)]);
  return { ...metric, dimensions: Object.fromEntries(dimensions) };
}

/** The metrics of one deployment; undefined where no dimension has a place. */
export function filled({ metrics }: CloudWatchQuery, deployment: Deployment): Partial<CloudWatchQuery> | undefined {
  const entries = Object.entries(metrics);
  if (!entries.some(([, { dimensions }]) => Object.values(dimensions).some(isTemplate))) return undefined;
  return { metrics: Object.fromEntries(entries.map(([name, metric]) => [name, fill(metric, deployment)])) };
}
