/** PutMetricAlarm: alarms on one metric, or on the result of metric math. */
import { z } from 'zod';
import { operation, type Room } from '../operation.ts';
import type { MetricDataQuery, Shapes } from '../protocol/shapes.ts';
import { checkPeriod, planQueries } from '../query/plan.ts';
import { validationError } from '../rejection.ts';
import { COMPARISONS, MISSING_DATA, type Test } from './alarm.ts';
import { alarmMembers, putChecked } from './put-alarm.ts';

const shape = (shapes: Shapes) => {
  const { text, integer, number, list, unit, dimensions, namespace, query } = shapes;
  return z.object({
    ...alarmMembers(shapes),
    MetricName: text(255).optional(),
    Namespace: namespace.optional(),
    Statistic: z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']).optional(),
    ExtendedStatistic: z.string().optional(),
    Dimensions: dimensions,
    Period: integer.optional(),
    Unit: unit.optional(),
    EvaluationPeriods: integer,
    DatapointsToAlarm: integer.optional(),
    Threshold: number.optional(),
    ComparisonOperator: z.enum(COMPARISONS),
    TreatMissingData: z.enum(MISSING_DATA).optional(),
    EvaluateLowSampleCountPercentile: z.enum(['evaluate', 'ignore']).optional(),
    Metrics: list(query).optional(),
    ThresholdMetricId: text(255).optional(),
  });
};

type Input = z.infer<ReturnType<typeof shape>>;

export const putMetricAlarm = operation(
  shape,
  (room: Room, input) => {
    const test = testOf(input);
    const { ActionsEnabled: _, Tags: tags, AlarmName: name, ...shown } = input;
    const metrics = shown.Metrics && shown.Metrics.length > 0 ? shown.Metrics : undefined;
    const dimensions = metrics === undefined ? { Dimensions: shown.Dimensions ?? [] } : {};
    putChecked(room, input, { kind: 'metric', test, shown: { ...shown, ...dimensions, Metrics: metrics } });
    return {};
  },
  false,
);

function testOf(input: Input): Test {
  const { EvaluationPeriods: evaluationPeriods, DatapointsToAlarm: datapointsToAlarm = evaluationPeriods } = input;
  if (evaluationPeriods < 1 || datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw validationError(
      `DatapointsToAlarm must be between 1 and EvaluationPeriods, found ${datapointsToAlarm} of ${evaluationPeriods}.`,
    );
  }
  const threshold = thresholdOf(input);
  const queries = planQueries(queriesOf(input));
  const watched = queries.filter(({ id, returned }) => returned && id !== threshold);
  const [only] = watched;
  if (only === undefined || watched.length > 1) {
    throw validationError('Exactly one element of the metrics list must have ReturnData set to true.');
  }
  if (typeof threshold === 'string' && !queries.some(({ id }) => id === threshold)) {
    throw validationError(`ThresholdMetricId ${threshold} is not the id of one of the Metrics.`);
  }
  const periods = queries.flatMap(({ asked }) => (asked.kind === 'metric' ? [asked.question.period] : []));
  const period = Math.max(
    ...periods,
    ...queries.flatMap(({ asked }) => (asked.kind === 'insights' ? [asked.period] : [])),
  );
  if (!Number.isFinite(period)) throw validationError('The metrics of an alarm must contain at least one metric.');
  checkLength(period / 1_000, evaluationPeriods);
  const { ComparisonOperator: comparison, TreatMissingData: missingData = 'missing' } = input;
  const statistic = input.Statistic ?? input.ExtendedStatistic;
  return {
    queries,
    watched: only.id,
    period,
    statistic,
    evaluationPeriods,
    datapointsToAlarm,
    threshold,
    comparison,
    missingData,
  };
}

function thresholdOf({
  Threshold: threshold,
  ThresholdMetricId: id,
  ComparisonOperator: comparison,
}: Input): number | string {
  const ofBand = comparison.includes('LowerThreshold') || comparison.includes('UpperThreshold');
  if (ofBand && id !== undefined) return id;
  if (ofBand) throw validationError(`The parameter ThresholdMetricId is required for ${comparison}.`);
  if (id !== undefined) throw validationError(`ThresholdMetricId cannot be used with ${comparison}.`);
  if (threshold === undefined) throw validationError('The parameter Threshold is required.');
  return threshold;
}

/** The metric of a plain alarm becomes the one query of a list. */
function queriesOf(input: Input): readonly MetricDataQuery[] {
  const { Metrics: metrics = [], MetricName: name, Namespace: namespace, Period: period } = input;
  if (metrics.length > 0) {
    if (name !== undefined || namespace !== undefined || period !== undefined) {
      throw validationError('Metrics must not be specified together with MetricName, Namespace or Period.');
    }
    return metrics;
  }
  const { Statistic: plain, ExtendedStatistic: extended, Dimensions: dimensions, Unit: unit } = input;
  if (name === undefined) throw validationError('The parameter MetricName or Metrics is required.');
  if (namespace === undefined) throw validationError('The parameter Namespace is required.');
  if (period === undefined) throw validationError('The parameter Period is required.');
  const stat = plain ?? extended;
  if (stat === undefined) throw validationError('The parameter Statistic or ExtendedStatistic is required.');
  if (plain !== undefined && extended !== undefined) {
    throw validationError('Statistic and ExtendedStatistic must not be specified together.');
  }
  checkPeriod(period, 'of the alarm');
  const metric = { Namespace: namespace, MetricName: name, Dimensions: dimensions };
  return [{ Id: 'm1', MetricStat: { Metric: metric, Period: period, Stat: stat, Unit: unit } }];
}

/** A day for short periods, a week from an hour on. */
function checkLength(period: number, evaluationPeriods: number): void {
  const longest = period >= 3_600 ? 604_800 : 86_400;
  if (period * evaluationPeriods <= longest) return;
  throw validationError(
    `Metrics cannot be checked across more than ${longest === 86_400 ? 'a day' : 'a week'} (EvaluationPeriods * Period must be <= ${longest}).`,
  );
}
