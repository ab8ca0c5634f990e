/** What a statistical judge reads a series as: counts of events, with requests or without, or a gauge. */
import { z } from 'zod';
import type { Series } from '../../core/series.ts';
import type { Instant } from '../../core/time.ts';
import { once } from '../../lib/once.ts';
import type { MetricTick } from '../stats/filter.ts';
import { columnOf, type Grid } from './grid.ts';

const inputName = once(() => z.string().min(1).max(255));

/** Options that several judges have in common. */
export const metricOptions = once(() => ({
  metric: z
    .enum(['counts', 'gauge'])
    .describe(
      'What is measured: `counts` of events (errors, with or without requests), or a `gauge` not below 0 (latency, CPU, volume). For error rates give the counts: a rate does not tell how many events it rests on.',
    ),
  events: inputName()
    .optional()
    .describe('Name of the metric in the expression that counts the events; default: the value of the query itself.'),
  requests: inputName()
    .optional()
    .describe('Name of the metric in the expression that counts the requests; default: every period counts the same.'),
  sparse: z
    .boolean()
    .default(false)
    .describe(
      'True where the store has no datapoint for a period without events, as for most error counters: such a period then counts as none.',
    ),
}));

export interface MetricShape {
  readonly metric: 'counts' | 'gauge';
  readonly events?: string | undefined;
  readonly requests?: string | undefined;
  readonly sparse: boolean;
}

/** Options of counts that say nothing about a gauge. */
export function isShapely({ metric, events, requests, sparse }: MetricShape): boolean {
  return metric === 'counts' || (events === undefined && requests === undefined && !sparse);
}

export const SHAPE_PROBLEM = '`events`, `requests` and `sparse` are for `metric: counts`';

/** Names an option gives that the source does not answer. */
export function unknownInputs(
  { inputs }: Pick<Series, 'inputs'>,
  { events, requests }: MetricShape,
): readonly string[] {
  return [events, requests].flatMap((name) => (name === undefined || Object.hasOwn(inputs, name) ? [] : [name]));
}

export interface MetricRead {
  /** History, then the deployment. */
  readonly ticks: readonly MetricTick[];
  /** Whether the store had any datapoint at all in a tick. */
  readonly told: readonly boolean[];
}

/** When the store's first datapoint of all begins; Infinity when it has none. */
export function firstDatapoint({ points, inputs }: Datapoints): Instant {
  return Math.min(...[points, ...Object.values(inputs)].map(([first]) => first?.at ?? Number.POSITIVE_INFINITY));
}

export type Datapoints = Pick<Series, 'points' | 'inputs'>;

export const isTold = ({ value, requests }: MetricTick): boolean => Number.isFinite(value) && Number.isFinite(requests);

/** `any`: whether the store has any datapoint of the metric at all; without one a period is missing, however sparse it is. */
export function metricTicks(
  series: Datapoints,
  shape: MetricShape,
  grid: Grid,
  any = firstDatapoint(series) < Number.POSITIVE_INFINITY,
): readonly MetricTick[] {
  const of = (name: string | undefined) =>
    columnOf(name === undefined ? series.points : (series.inputs[name] ?? []), grid);
  const values = of(shape.events);
  const requests = shape.requests === undefined ? undefined : of(shape.requests);
  return values.map((value, tick): MetricTick => {
    const asked = requests === undefined ? 1 : (requests[tick] ?? Number.NaN);
    const none = shape.sparse && any && Number.isNaN(value) && Number.isFinite(asked);
    return { value: none ? 0 : value, requests: asked };
  });
}

export function readMetric(series: Series, shape: MetricShape, grid: Grid): MetricRead {
  const ticks = metricTicks({ points: series.points, inputs: series.inputs }, shape, grid);
  return { ticks, told: ticks.map(isTold) };
}
