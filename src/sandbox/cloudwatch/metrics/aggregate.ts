/** One number out of the samples of one period, by statistic. */
import type { Columns } from './columns.ts';
import type { Bounds, Statistic } from './statistic.ts';

/** The samples of one period: indices `from` (inclusive) to `to` (exclusive), of one unit or of all. */
export interface Slice {
  readonly samples: Columns;
  readonly from: number;
  readonly to: number;
  readonly unit: string | undefined;
}

/** The value of the period; undefined when it has no samples, or when the statistic cannot be told from statistic sets. */
export function aggregate(statistic: Statistic, slice: Slice): number | undefined {
  const total = totals(slice);
  if (total.count === 0) return undefined;
  switch (statistic.kind) {
    case 'Sum':
      return total.sum;
    case 'SampleCount':
      return total.count;
    case 'Average':
      return total.sum / total.count;
    case 'Minimum':
      return total.min;
    case 'Maximum':
      return total.max;
    default: {
      const values = distribution(slice);
      return values && ofDistribution(statistic, values);
    }
  }
}

function totals({ samples, from, to, unit }: Slice) {
  const { count, sum, min, max } = samples.view();
  const total = { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  for (let index = from; index < to; index++) {
    if (unit !== undefined && samples.unit(index) !== unit) continue;
    total.count += count[index] ?? 0;
    total.sum += sum[index] ?? 0;
    total.min = Math.min(total.min, min[index] ?? total.min);
    total.max = Math.max(total.max, max[index] ?? total.max);
  }
  return total;
}

interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The raw values in ascending order; undefined when a statistic set hides them. */
function distribution({ samples, from, to, unit }: Slice): readonly Weighted[] | undefined {
  const { count, min, max } = samples.view();
  const values: Weighted[] = [];
  for (let index = from; index < to; index++) {
    if (unit !== undefined && samples.unit(index) !== unit) continue;
    const value = min[index] ?? Number.NaN;
    if (value !== max[index]) return undefined;
    values.push({ value, weight: count[index] ?? 0 });
  }
  return values.sort((a, b) => a.value - b.value);
}

type OfDistribution = Exclude<Statistic, { kind: 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' }>;

function ofDistribution(statistic: OfDistribution, values: readonly Weighted[]): number | undefined {
  if (statistic.kind === 'percentile') return percentile(values, statistic.share);
  const inside = trim(values, statistic.bounds);
  switch (statistic.kind) {
    case 'tc':
      return weightOf(inside);
    case 'ts':
      return sumOf(inside);
    case 'pr':
      return (100 * weightOf(inside)) / weightOf(values);
    case 'tm':
      return meanOf(inside);
    case 'wm':
      return winsorizedMean(values, inside);
  }
}

/** Nearest rank: the smallest value at or below which `share` percent of all samples lie. */
function percentile(values: readonly Weighted[], share: number): number | undefined {
  const rank = (share / 100) * weightOf(values);
  let seen = 0;
  for (const { value, weight } of values) {
    seen += weight;
    if (seen >= rank - 1e-9) return value;
  }
  return values.at(-1)?.value;
}

/** What lies above the lower and at or below the upper bound; a sample on the edge of a share counts in part. */
function trim(values: readonly Weighted[], { by, from, to }: Bounds): readonly Weighted[] {
  if (by === 'value') {
    return values.filter(
      ({ value }) => value > (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY),
    );
  }
  const all = weightOf(values);
  const low = ((from ?? 0) / 100) * all;
  const high = ((to ?? 100) / 100) * all;
  let start = 0;
  return values.flatMap(({ value, weight }) => {
    const inside = Math.min(start + weight, high) - Math.max(start, low);
    start += weight;
    return inside > 1e-9 ? [{ value, weight: inside }] : [];
  });
}

/** The mean after every value outside is replaced by the nearest value inside. */
function winsorizedMean(values: readonly Weighted[], inside: readonly Weighted[]): number | undefined {
  const low = inside[0]?.value;
  const high = inside.at(-1)?.value;
  if (low === undefined || high === undefined) return undefined;
  const moved = values.map(({ value, weight }) => ({ value: Math.min(Math.max(value, low), high), weight }));
  return meanOf(moved);
}

const weightOf = (values: readonly Weighted[]) => values.reduce((sum, { weight }) => sum + weight, 0);
const sumOf = (values: readonly Weighted[]) => values.reduce((sum, { value, weight }) => sum + value * weight, 0);

/** Around the first value, so that equal values have exactly their value as mean, whatever their weights. */
function meanOf(values: readonly Weighted[]): number | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  return (
    first.value + sumOf(values.map(({ value, weight }) => ({ value: value - first.value, weight }))) / weightOf(values)
  );
}
