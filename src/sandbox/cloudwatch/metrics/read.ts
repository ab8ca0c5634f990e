/** Reads one metric as a series: by period, within retention, as faults let it be seen. */
import type { Duration, Instant, Window } from '../../../core/time.ts';
import type { FaultRule, Faults } from '../../faults.ts';
import { aggregate } from './aggregate.ts';
import type { Metric } from './metric.ts';
import { retentionOf } from './retention.ts';
import { seriesOf, type TimeSeries } from './series.ts';
import type { Statistic } from './statistic.ts';
import type { Store, StoredMetric } from './store.ts';

export interface Question {
  readonly metric: Metric;
  readonly statistic: Statistic;
  readonly period: Duration;
  /** Only samples of this unit, where one is named. */
  readonly unit?: string | undefined;
}

/** Datapoints whose period starts inside the window, as somebody sees them who asks at `now`. */
export function readSeries(store: Store, faults: Faults, question: Question, window: Window, now: Instant): TimeSeries {
  const stored = store.find(question.metric);
  const label = question.metric.name;
  if (stored === undefined) return { label, period: question.period, at: [], values: [] };
  const from = Math.max(window.from, now - retentionOf(question.period));
  const seen = seenThrough(faults, question, now);
  return seriesOf(label, question.period, periods(stored, question, { from, to: window.to }, seen));
}

type Seen = (at: Instant, value: number) => number | undefined;

function* periods(
  stored: StoredMetric,
  question: Question,
  window: Window,
  seen: Seen,
): Generator<readonly [Instant, number | undefined]> {
  const { samples } = stored;
  const { statistic, period, unit } = question;
  const first = Math.ceil(window.from / period) * period;
  const times = samples.view().at;
  let from = samples.from(first);
  while (from < samples.length) {
    const at = Math.floor((times[from] ?? window.to) / period) * period;
    if (at >= window.to) return;
    const to = samples.from(at + period);
    const value = aggregate(statistic, { samples, from, to, unit });
    yield [at, value === undefined ? undefined : seen(at, value)];
    from = to;
  }
}

/** `late-datapoints` hides a period until `by` after its end; `revised-datapoints` shows it times `factor` until then. */
function seenThrough(faults: Faults, question: Question, now: Instant): Seen {
  const concerns = (rule: FaultRule) => rule.metric === undefined || rule.metric === question.metric.name;
  const late = faults.active('late-datapoints').filter(concerns);
  const revised = faults.active('revised-datapoints').filter(concerns);
  const fresh = (rule: FaultRule, at: Instant) => now < at + question.period + (rule.by ?? 0);
  return (at, value) => {
    if (late.some((rule) => fresh(rule, at))) return undefined;
    return revised.filter((rule) => fresh(rule, at)).reduce((sum, rule) => sum * (rule.factor ?? 1), value);
  };
}
