/** How long CloudWatch keeps datapoints, and samples thinned out to what is kept of them. */
import type { Duration, Instant } from '../../../core/time.ts';
import { type Columns, columns, type Sample } from './columns.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Finest period that still shows samples up to so old, youngest first. */
const KEPT: readonly { readonly age: Duration; readonly grain: Duration }[] = [
  { age: 3 * HOUR, grain: 1_000 },
  { age: 15 * DAY, grain: MINUTE },
  { age: 63 * DAY, grain: 5 * MINUTE },
  { age: 455 * DAY, grain: HOUR },
];

/** How long datapoints of a period are kept. */
export function retentionOf(period: Duration): Duration {
  if (period < MINUTE) return 3 * HOUR;
  if (period < 5 * MINUTE) return 15 * DAY;
  return period < HOUR ? 63 * DAY : 455 * DAY;
}

function merged(one: Sample, other: Sample): Sample {
  return {
    ...one,
    count: one.count + other.count,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
  };
}

/** Values are merged with equal values only, since percentiles need them; statistic sets with each other. */
function keyOf({ at, min, max, unit }: Sample): string {
  return `${at} ${unit} ${min === max ? min : 'set'}`;
}

/**
 * The samples as coarse as every period that still shows them at `now` allows, without those that none shows: no
 * answer changes by it. What stays is bounded by how many different values a metric has in a period.
 */
export function thinned(samples: Columns, now: Instant): Columns {
  const kept = new Map<string, Sample>();
  const { at, count, sum, min, max } = samples.view();
  for (let index = 0; index < samples.length; index++) {
    const time = at[index] ?? now;
    const grain = KEPT.find(({ age }) => now - time <= age)?.grain;
    if (grain === undefined) continue;
    const sample: Sample = {
      at: Math.floor(time / grain) * grain,
      count: count[index] ?? 0,
      sum: sum[index] ?? 0,
      min: min[index] ?? Number.NaN,
      max: max[index] ?? Number.NaN,
      unit: samples.unit(index),
    };
    const key = keyOf(sample);
    const known = kept.get(key);
    kept.set(key, known === undefined ? sample : merged(known, sample));
  }
  const result = columns();
  for (const sample of kept.values()) result.add(sample);
  return result;
}
