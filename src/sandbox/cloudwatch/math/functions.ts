/** The functions of metric math, by name. */
import type { Instant } from '../../../core/time.ts';
import { pairsOf, periodsIn, seriesOf, type TimeSeries } from '../metrics/series.ts';
import { anomalyBand } from './anomaly-band.ts';
import { fill } from './fill.ts';
import { choose } from './if.ts';
import { mathError } from './math-error.ts';
import { eachOf, lift, type MathContext, mapSeries, scalar, several, single, type Value } from './value.ts';

/** `args` are evaluated; `names` are the ids where an argument is nothing but an id. */
interface Call {
  readonly args: readonly Value[];
  readonly names: readonly (string | undefined)[];
  readonly context: MathContext;
}

export interface MathFunction {
  readonly least: number;
  readonly most: number;
  run(call: Call): Value;
}

const of = (least: number, most: number, run: (call: Call) => Value): MathFunction => ({ least, most, run });

/** One series to a number, several series to one: periods without any value stay missing. */
const reducer = (name: string, reduce: (values: readonly number[]) => number) =>
  of(1, 1, ({ args: [value] }) => {
    if (value?.kind === 'series') return scalar(reduce(value.series.values));
    if (value?.kind === 'array') return single(acrossSeries(value.series, reduce, name));
    if (value?.kind === 'scalar') return value;
    throw mathError(`${name} needs a time series or an array of them`);
  });

/** Each number by itself. */
const elementwise = (change: (value: number) => number) =>
  of(1, 1, ({ args: [value] }) => lift(required(value), change));

/** Each series by itself. */
const perSeries = (name: string, change: (series: TimeSeries) => TimeSeries) =>
  of(1, 1, ({ args: [value] }) => {
    if (value?.kind === 'series') return single(change(value.series));
    if (value?.kind === 'array') return eachOf(value.series, (series) => single(change(series)));
    throw mathError(`${name} needs a time series or an array of them`);
  });

/** A property of a series as a number. */
const property = (name: string, read: (series: TimeSeries) => number) =>
  of(1, 1, ({ args: [value] }) => {
    if (value?.kind === 'series') return scalar(read(value.series));
    throw mathError(`${name} needs one time series`);
  });

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  SUM: reducer('SUM', (values) => values.reduce((sum, value) => sum + value, 0)),
  AVG: reducer('AVG', mean),
  MAX: reducer('MAX', (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)),
  MIN: reducer('MIN', (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)),
  STDDEV: reducer('STDDEV', standardDeviation),
  ABS: elementwise(Math.abs),
  CEIL: elementwise(Math.ceil),
  FLOOR: elementwise(Math.floor),
  LOG: elementwise(Math.log),
  LOG10: elementwise(Math.log10),
  DIFF: perSeries('DIFF', (series) => steps(series, (change) => change)),
  RATE: perSeries('RATE', (series) => steps(series, (change, elapsed) => change / (elapsed / 1_000))),
  RUNNING_SUM: perSeries('RUNNING_SUM', runningSum),
  PERIOD: property('PERIOD', (series) => series.period / 1_000),
  DATAPOINT_COUNT: property('DATAPOINT_COUNT', (series) => series.values.length),
  METRIC_COUNT: of(1, 1, ({ args: [value] }) => scalar(value?.kind === 'array' ? value.series.length : 1)),
  TIME_SERIES: of(1, 1, constantSeries),
  METRICS: of(0, 1, ({ args: [filter], context }) => {
    if (filter !== undefined && filter.kind !== 'text')
      throw mathError('METRICS needs a text, as in METRICS("errors")');
    return several(context.metrics(filter?.value));
  }),
  FILL: of(2, 2, ({ args: [value, filler], names: [, method], context }) =>
    fill(required(value), method ?? required(filler), context),
  ),
  IF: of(3, 3, ({ args: [condition, yes, no] }) => choose(required(condition), required(yes), required(no))),
  ANOMALY_DETECTION_BAND: of(1, 2, ({ names: [id], args: [, width], context }) =>
    anomalyBand(id, width ?? scalar(2), context),
  ),
};

function required(value: Value | undefined): Value {
  if (value === undefined) throw mathError('An argument is missing');
  return value;
}

function acrossSeries(
  all: readonly TimeSeries[],
  reduce: (values: readonly number[]) => number,
  label: string,
): TimeSeries {
  const byTime = new Map<Instant, number[]>();
  for (const series of all) {
    for (const [at, value] of pairsOf(series)) {
      const values = byTime.get(at);
      if (values) values.push(value);
      else byTime.set(at, [value]);
    }
  }
  const pairs = [...byTime].sort(([a], [b]) => a - b).map(([at, values]) => [at, reduce(values)] as const);
  return seriesOf(label, Math.max(0, ...all.map((series) => series.period)), pairs);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** From each datapoint to the next; the first has none before it and is left out. */
function steps(series: TimeSeries, step: (change: number, elapsed: number) => number): TimeSeries {
  let before: readonly [Instant, number] | undefined;
  return mapSeries(series, (value, at) => {
    const previous = before;
    before = [at, value];
    return previous && step(value - previous[1], at - previous[0]);
  });
}

function runningSum(series: TimeSeries): TimeSeries {
  let sum = 0;
  return mapSeries(series, (value) => {
    sum += value;
    return sum;
  });
}

function constantSeries({ args: [value], context }: Call): Value {
  if (value?.kind !== 'scalar') throw mathError('TIME_SERIES needs a number');
  const starts = periodsIn(
    { from: context.window.from, to: Math.min(context.window.to, context.now + 1) },
    context.period,
  );
  const pairs = Iterator.from(starts).map((at) => [at, value.value] as const);
  return single(seriesOf('TIME_SERIES', context.period, pairs));
}
