/** PutMetricData: checks data as CloudWatch does and stores them. */

import { z } from 'zod';
import type { Instant } from '../../../core/time.ts';
import { operation, type Room } from '../operation.ts';
import type { MetricDatum } from '../protocol/shapes.ts';
import { invalidCombination, invalidParameterValue, missingParameter } from '../rejection.ts';
import type { Sample } from './columns.ts';
import { metric } from './metric.ts';

const MOST_DATA = 1_000;
const MOST_VALUES = 150;
const LARGEST = 2 ** 360;
const TWO_WEEKS = 14 * 86_400_000;
const TWO_HOURS = 2 * 3_600_000;

export const putMetricData = operation(
  ({ namespace, list, datum, boolean }) =>
    z.object({
      Namespace: namespace,
      MetricData: list(datum).optional(),
      EntityMetricData: list(z.object({ MetricData: list(datum).optional() })).optional(),
      StrictEntityValidation: boolean.optional(),
    }),
  (room, input) => {
    const entities = input.EntityMetricData?.flatMap((entity) => entity.MetricData ?? []) ?? [];
    const data = [...(input.MetricData ?? []), ...entities];
    if (data.length === 0) throw missingParameter('The parameter MetricData is required.');
    if (data.length > MOST_DATA) {
      throw invalidParameterValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
    }
    const now = room.clock.now();
    // All are checked before one is stored: a refused call leaves nothing behind.
    const checked = data.map((datum, index) => checkDatum(datum, `MetricData.member.${index + 1}`, now));
    room.alarms.evaluate(now);
    for (const { datum, samples } of checked) keep(room, input.Namespace, datum, samples, now);
    return {};
  },
  false,
  { missing: missingParameter, invalid: invalidParameterValue },
);

function keep(room: Room, namespace: string, datum: MetricDatum, samples: readonly Sample[], now: Instant): void {
  const dimensions = (datum.Dimensions ?? []).map(({ Name, Value }) => ({ name: Name, value: Value }));
  const target = metric(namespace, datum.MetricName, dimensions);
  for (const sample of samples) room.store.add(target, sample, datum.StorageResolution === 1 ? 1 : 60, now);
}

interface Checked {
  readonly datum: MetricDatum;
  readonly samples: readonly Sample[];
}

function checkDatum(datum: MetricDatum, place: string, now: Instant): Checked {
  checkDimensions(datum, place);
  const { StorageResolution: resolution = 60, Timestamp: at = now, Unit: unit = 'None' } = datum;
  if (resolution !== 1 && resolution !== 60) {
    throw invalidParameterValue(
      `The value ${resolution} for parameter ${place}.StorageResolution is invalid: use 1 or 60.`,
    );
  }
  if (at < now - TWO_WEEKS || at > now + TWO_HOURS) {
    const rule = 'must specify a time no more than two weeks in the past and no more than two hours in the future';
    throw invalidParameterValue(`The parameter ${place}.Timestamp ${rule}.`);
  }
  return { datum, samples: samplesOf(datum, place, at, unit) };
}

function checkDimensions({ Dimensions: dimensions = [] }: MetricDatum, place: string): void {
  if (dimensions.length > 30) {
    throw invalidParameterValue(`The collection ${place}.Dimensions must not have a size greater than 30.`);
  }
  for (const [index, { Name: name, Value: value }] of dimensions.entries()) {
    const where = `${place}.Dimensions.member.${index + 1}`;
    if (name.startsWith(':')) throw invalidParameterValue(`The value ${name} for parameter ${where}.Name is invalid.`);
    if (value.trim() === '') throw invalidParameterValue(`The parameter ${where}.Value must not be blank.`);
  }
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length) {
    throw invalidParameterValue(`The parameter ${place}.Dimensions names a dimension twice.`);
  }
}

function samplesOf(datum: MetricDatum, place: string, at: Instant, unit: string): readonly Sample[] {
  const { Value: value, Values: values, Counts: counts, StatisticValues: statistics } = datum;
  const given = [value, values, statistics].filter((each) => each !== undefined);
  if (given.length > 1) {
    throw invalidCombination(
      `The parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  }
  const sample = (single: number, count: number) => ({
    at,
    count,
    sum: single * count,
    min: single,
    max: single,
    unit,
  });
  if (statistics !== undefined) return [ofStatistics(statistics, place, at, unit)];
  if (value !== undefined) return [sample(inRange(value, `${place}.Value`), 1)];
  if (values === undefined || values.length === 0) {
    throw missingParameter(
      `At least one of the parameters ${place}.Value, ${place}.Values or ${place}.StatisticValues must be specified.`,
    );
  }
  if (values.length > MOST_VALUES) {
    throw invalidParameterValue(`The collection ${place}.Values must not have a size greater than ${MOST_VALUES}.`);
  }
  if (counts !== undefined && counts.length !== values.length) {
    throw invalidParameterValue(`The parameters ${place}.Values and ${place}.Counts must be of the same size.`);
  }
  return values.map((each, index) => {
    const count = inRange(counts?.[index] ?? 1, `${place}.Counts.member.${index + 1}`);
    if (count <= 0)
      throw invalidParameterValue(`The parameter ${place}.Counts.member.${index + 1} must be greater than 0.`);
    return sample(inRange(each, `${place}.Values.member.${index + 1}`), count);
  });
}

function ofStatistics(
  set: NonNullable<MetricDatum['StatisticValues']>,
  place: string,
  at: Instant,
  unit: string,
): Sample {
  const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = set;
  for (const [name, value] of Object.entries(set)) inRange(value, `${place}.StatisticValues.${name}`);
  if (count <= 0)
    throw invalidParameterValue(`The parameter ${place}.StatisticValues.SampleCount must be greater than 0.`);
  if (min > max) {
    throw invalidParameterValue(`The parameter ${place}.StatisticValues.Minimum must not be greater than the Maximum.`);
  }
  return { at, count, sum, min, max, unit };
}

function inRange(value: number, place: string): number {
  if (Math.abs(value) <= LARGEST) return value;
  throw invalidParameterValue(
    `The value ${value} for parameter ${place} is invalid: it must be within -2^360 and 2^360.`,
  );
}
