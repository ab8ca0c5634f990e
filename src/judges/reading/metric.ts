/** What a statistical judge reads a series as: counts of events, with requests or without, or a gauge. */
import { z } from 'zod';
import type { Series } from '../../core/series.ts';
import type { MetricTick } from '../stats/filter.ts';
import { columnOf, type Grid } from './grid.ts';

const inputName = z.string().min(1).max(255);

/** Options that several judges have in common. */
export const metricOptions = {
  metric: z
    .enum(['counts', 'gauge'])
    .describe(
      'What is measured: `counts` of events (errors, with or without requests), or a `gauge` not below 0 (latency, CPU, volume). For error rates give the counts: a rate does not tell how many events it rests on.',
    ),
  events: inputName
    .optional()
    .describe('Name of the metric in the expression that counts the events; default: the value of the query itself.'),
  requests: inputName
    .optional()
    .describe('Name of the metric in the expression that counts the requests; default: every period counts the same.'),
  sparse: z
    .boolean()
    .default(false)
    .describe(
      'True where the store has no datapoint for a period without events, as for most error counters: such a period then counts as none.',
    ),
};

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
export function unknownInputs({ inputs }: Series, { events, requests }: MetricShape): readonly string[] {
  return [events, requests].flatMap((name) => (name === undefined || Object.hasOwn(inputs, name) ? [] : [name]));
}

export interface MetricRead {
  /** History, then the deployment. */
  readonly ticks: readonly MetricTick[];
  /** Whether the store had any datapoint at all in a tick. */
  readonly told: readonly boolean[];
}

export function readMetric(series: Series, shape: MetricShape, grid: Grid): MetricRead {
  const of = (name: string | undefined) =>
    columnOf(name === undefined ? series.points : (series.inputs[name] ?? []), grid);
  const values = of(shape.events);
  const requests = shape.requests === undefined ? undefined : of(shape.requests);
  const any = series.points.length > 0 || Object.values(series.inputs).some((points) => points.length > 0);
  const ticks = values.map((value, tick): MetricTick => {
    const asked = requests === undefined ? 1 : (requests[tick] ?? Number.NaN);
    const none = shape.sparse && any && Number.isNaN(value) && Number.isFinite(asked);
    return { value: none ? 0 : value, requests: asked };
  });
  return { ticks, told: ticks.map((tick) => Number.isFinite(tick.value) && Number.isFinite(tick.requests)) };
}
