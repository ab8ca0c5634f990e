/** Evaluates a metric alarm at one moment. */
import type { Instant } from '../../../core/time.ts';
import { valuesByTime } from '../metrics/series.ts';
import type { Asking } from '../query/asking.ts';
import { type Answers, answerQueries, seriesIn } from '../query/run.ts';
import type { Comparison, Test } from './alarm.ts';
import { type Datapoint, EXTRA_PERIODS, type Judgement, judge } from './judge.ts';

/** What an alarm reads from: everything a request has but window, moment and effects. */
export type Readable = Omit<Asking, 'window' | 'now' | 'effects'>;

/** Looks at periods that are over at `now`. Throws a Rejection when an expression cannot be computed. */
export function evaluateTest(test: Test, readable: Readable, now: Instant): Judgement {
  const to = Math.floor(now / test.period) * test.period;
  const length = test.evaluationPeriods + EXTRA_PERIODS;
  const window = { from: to - length * test.period, to };
  const answers = answerQueries(test.queries, { ...readable, effects: [], window, now });
  const values = seriesValues(answers, test.watched, 0);
  const limits = limitsOf(test, answers);
  const range = Array.from({ length }, (_, index): Datapoint => {
    const at = to - (index + 1) * test.period;
    const value = values.get(at);
    const limit = limits(at);
    if (value === undefined || limit === undefined) return { at, value: undefined, breaching: false };
    return { at, value, breaching: breaches(test.comparison, value, limit) };
  });
  return judge(range, test);
}

interface Limits {
  readonly lower: number;
  readonly upper: number;
}

function seriesValues(answers: Answers, id: string, index: number): ReadonlyMap<Instant, number> {
  const series = seriesIn(answers.valueFor(id))[index];
  return series === undefined ? new Map() : valuesByTime(series);
}

/** A fixed threshold is both limits; a band gives them by period. */
function limitsOf({ threshold }: Test, answers: Answers): (at: Instant) => Limits | undefined {
  if (typeof threshold === 'number') return () => ({ lower: threshold, upper: threshold });
  const [upper, lower] = [seriesValues(answers, threshold, 0), seriesValues(answers, threshold, 1)];
  return (at) => {
    const [high, low] = [upper.get(at), lower.get(at)];
    return high === undefined || low === undefined ? undefined : { lower: low, upper: high };
  };
}

function breaches(comparison: Comparison, value: number, { lower, upper }: Limits): boolean {
  switch (comparison) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= upper;
    case 'GreaterThanThreshold':
    case 'GreaterThanUpperThreshold':
      return value > upper;
    case 'LessThanThreshold':
    case 'LessThanLowerThreshold':
      return value < lower;
    case 'LessThanOrEqualToThreshold':
      return value <= lower;
    case 'LessThanLowerOrGreaterThanUpperThreshold':
      return value < lower || value > upper;
  }
}
