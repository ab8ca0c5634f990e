/** The operations this CloudWatch knows, by name. */
import { listMetrics } from './metrics/list-metrics.ts';
import { putMetricData } from './metrics/put-metric-data.ts';
import type { Operation } from './operation.ts';
import { getMetricData } from './query/get-metric-data.ts';

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetMetricData: getMetricData,
  ListMetrics: listMetrics,
  PutMetricData: putMetricData,
};
