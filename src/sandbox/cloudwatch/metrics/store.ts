/** Every metric of one account and region, with its samples. */
import type { Instant } from '../../../core/time.ts';
import { type Columns, columns, type Sample } from './columns.ts';
import { type Metric, metricKey } from './metric.ts';
import { thinned } from './retention.ts';

export interface StoredMetric {
  readonly metric: Metric;
  readonly samples: Columns;
  /** When data last arrived, whatever its timestamp. */
  readonly lastArrival: Instant;
}

export interface Store {
  /** Standard resolution (60) keeps the minute only, as CloudWatch does; high resolution (1) keeps the second. */
  add(metric: Metric, sample: Sample, resolution: 1 | 60, arrival: Instant): void;
  find(metric: Metric): StoredMetric | undefined;
  /** The latest timestamp of all samples; -Infinity while there are none. */
  newest(): Instant;
  /** All metrics in the order they first arrived. */
  all(): Iterable<StoredMetric>;
}

interface Kept {
  readonly metric: Metric;
  samples: Columns;
  lastArrival: Instant;
  /** Thinned out when it holds so many samples. */
  thinAt: number;
}

const SELDOM = 4_096;

/** A sandbox that runs for days, or fast, must not keep what CloudWatch would have forgotten. */
function thin(kept: Kept, now: Instant): void {
  if (kept.samples.length < kept.thinAt) return;
  kept.samples = thinned(kept.samples, now);
  kept.thinAt = Math.max(SELDOM, 2 * kept.samples.length);
}

export function createStore(): Store {
  const byKey = new Map<string, Kept>();
  let newest = Number.NEGATIVE_INFINITY;
  return {
    newest: () => newest,
    add(metric, sample, resolution, arrival) {
      newest = Math.max(newest, sample.at);
      const key = metricKey(metric);
      const stored = byKey.get(key) ?? { metric, samples: columns(), lastArrival: arrival, thinAt: SELDOM };
      const grain = resolution * 1_000;
      stored.samples.add({ ...sample, at: Math.floor(sample.at / grain) * grain });
      stored.lastArrival = arrival;
      thin(stored, arrival);
      byKey.set(key, stored);
    },
    find: (metric) => byKey.get(metricKey(metric)),
    all: () => byKey.values(),
  };
}
