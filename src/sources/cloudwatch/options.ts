/** A CloudWatch query as it stands in a policy file. */
import { StandardUnit } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { durationSchema, roleSchema } from '../../lib/schema.ts';
import { templateSchema } from '../../lib/template.ts';
import { queryProblems } from './problems.ts';
import { isStatistic, statisticProblem } from './statistic.ts';

const HIGH_RESOLUTION: ReadonlySet<number> = new Set([1_000, 5_000, 10_000, 20_000, 30_000]);

function isPeriod(period: number): boolean {
  return HIGH_RESOLUTION.has(period) || (period >= 60_000 && period % 60_000 === 0);
}

const metricSchema = once(() =>
  z.strictObject({
    namespace: z
      .string()
      .regex(/^[^:].{0,254}$/, 'expected a namespace of at most 255 characters that does not begin with a colon')
      .describe('Namespace, e.g. AWS/ApplicationELB.'),
    metric: z.string().min(1).max(255).describe('Metric name, e.g. RequestCount.'),
    stat: z
      .string()
      .refine(isStatistic, { error: (issue) => statisticProblem(String(issue.input)) })
      .describe('Statistic: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm90, TM(10%:90%), …'),
    dimensions: z
      .record(z.string().min(1).max(255), templateSchema.max(1024))
      .default({})
      .describe(
        'Dimension names and values; all of them, exactly. At most 30. A value may hold {{deployment.application}} and the like.',
      ),
    unit: z.enum(StandardUnit).optional().describe('Only datapoints of this unit.'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected a 12-digit account id')
      .optional()
      .describe('Read the metric of this account from a monitoring account (AccountId).'),
  }),
);

const metricName = once(() =>
  z
    .string()
    .regex(/^[a-z][A-Za-z0-9_]{0,254}$/, 'expected a name that begins with a lowercase letter: [a-z][A-Za-z0-9_]*'),
);

export const cloudwatchOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('cloudwatch'),
      period: durationSchema
        .refine(isPeriod, 'expected 1s, 5s, 10s, 20s, 30s or a multiple of 60s')
        .describe('Period: 1s, 5s, 10s, 20s, 30s (high resolution) or a multiple of 60s.'),
      metrics: z.record(metricName(), metricSchema()).default({}).describe('Metrics by the name the expression uses.'),
      expression: z
        .string()
        .min(1)
        .max(2_048)
        .optional()
        .describe(
          'Metric math over the names in `metrics`, or a Metrics Insights query (SELECT …). May be left out where there is one metric. A bare ANOMALY_DETECTION_BAND(metric, width) gives how far the metric lies outside its band: above 0 over it, below 0 under it.',
        ),
      region: z.string().min(1).optional().describe("Region to ask, when it is not the target's."),
      role: roleSchema().optional().describe('Role to assume for this query.'),
    })
    .superRefine((query, context) => {
      for (const problem of queryProblems(query)) {
        context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
      }
    }),
);

export type CloudWatchQuery = z.output<ReturnType<typeof cloudwatchOptions>>;
export type CloudWatchMetric = z.output<ReturnType<typeof metricSchema>>;
