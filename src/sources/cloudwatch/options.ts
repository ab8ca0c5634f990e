/** A CloudWatch query as it stands in a policy file. */
import { z } from 'zod';
import { durationSchema } from '../../lib/schema.ts';

const metricSchema = z.strictObject({
  namespace: z.string().min(1).describe('Namespace, e.g. AWS/ApplicationELB.'),
  metric: z.string().min(1).describe('Metric name, e.g. RequestCount.'),
  stat: z.string().min(1).describe('Statistic: Sum, Average, Minimum, Maximum, SampleCount, p99, tm90, …'),
  dimensions: z
    .record(z.string(), z.string())
    .default({})
    .describe('Dimension names and values; all of them, exactly.'),
  unit: z.string().optional().describe('Only datapoints of this unit.'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'expected a 12-digit account id')
    .optional()
    .describe('Read the metric of this account from a monitoring account (AccountId).'),
});

export const cloudwatchOptions = z.strictObject({
  kind: z.literal('cloudwatch'),
  period: durationSchema.describe('Period: 1s, 5s, 10s, 20s, 30s (high resolution) or a multiple of 60s.'),
  metrics: z.record(z.string(), metricSchema).default({}).describe('Metrics by the name the expression uses.'),
  expression: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Metric math over the names in `metrics`, or a Metrics Insights query (SELECT …). May be left out where there is one metric.',
    ),
  region: z.string().optional().describe("Region to ask, when it is not the target's."),
  role: z
    .strictObject({ arn: z.string(), externalId: z.string().optional() })
    .optional()
    .describe('Role to assume for this query.'),
});

export type CloudWatchQuery = z.output<typeof cloudwatchOptions>;
export type CloudWatchMetric = z.output<typeof metricSchema>;
