/** The structures that several operations take, read from either protocol. */
import { z } from 'zod';
import { STANDARD_UNITS } from '../metrics/units.ts';
import type { Scalars } from './scalars.ts';

const text = (longest: number) => z.string().min(1).max(longest);

export type Shapes = ReturnType<typeof shapes>;
export type MetricDataQuery = z.infer<Shapes['query']>;
export type MetricDatum = z.infer<Shapes['datum']>;

export function shapes(scalars: Scalars) {
  const { number, boolean, time, list } = scalars;
  const integer = number.refine(Number.isInteger, 'expected a whole number');
  const unit = z.enum(STANDARD_UNITS);
  const dimensions = list(z.object({ Name: text(255), Value: text(1_024) })).optional();
  const namespace = z.string().min(1).max(255).regex(/^[^:]/, 'must not start with a colon');
  const metric = z.object({ Namespace: namespace, MetricName: text(255), Dimensions: dimensions });
  const stat = z.object({ Metric: metric, Period: integer, Stat: z.string(), Unit: unit.optional() });
  const query = z.object({
    Id: text(255),
    MetricStat: stat.optional(),
    Expression: text(2_048).optional(),
    Label: z.string().optional(),
    ReturnData: boolean.optional(),
    Period: integer.optional(),
    AccountId: text(255).optional(),
  });
  const datum = z.object({
    MetricName: text(255),
    Dimensions: dimensions,
    Timestamp: time.optional(),
    Value: number.optional(),
    StatisticValues: z.object({ SampleCount: number, Sum: number, Minimum: number, Maximum: number }).optional(),
    Values: list(number).optional(),
    Counts: list(number).optional(),
    Unit: unit.optional(),
    StorageResolution: integer.optional(),
  });
  const tags = list(z.object({ Key: text(128), Value: z.string().max(256) }));
  return { number, integer, boolean, time, list, text, unit, dimensions, namespace, metric, query, datum, tags };
}
