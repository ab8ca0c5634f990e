/** Samples as numbers by period: NaN is no value, ±Inf is what the rule says. */
import { FailureError } from '../../core/failure.ts';
import { type Duration, type Instant, isInstant, iso } from '../../core/time.ts';
import type { Numbers } from '../../lib/column.ts';
import { malformedAnswer } from '../../lib/http.ts';
import type { NamedNumbers } from '../../remote/fold.ts';
import type { LabelledSamples } from './answer.ts';
import type { PrometheusQuery } from './options.ts';

/** As PromQL writes it: `up{job="shop"}`. */
function seriesName(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(', ')}}`;
}

const INFINITE = /^[+-]?Inf(?:inity)?$/i;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number a sample stands for; undefined where it stands for none. */
function numberOf(what: string, text: string, at: Instant, { infinite }: PrometheusQuery): number | undefined {
  if (text === 'NaN') return undefined;
  if (INFINITE.test(text)) {
    if (infinite === 'missing') return undefined;
    const message = `${what}: the query gives ${text} at ${iso(at)} (a division by zero?); guard it in the query, or say \`infinite: missing\``;
    throw new FailureError({ reason: 'rejected', retryable: false, message });
  }
  if (!DECIMAL.test(text)) throw malformedAnswer(what, `the value at ${iso(at)} is not a number`);
  return Number(text);
}

/** A value evaluated at an instant is that of the period which ends there. */
export function numbersOf(
  what: string,
  { labels, samples }: LabelledSamples,
  period: Duration,
  query: PrometheusQuery,
): NamedNumbers {
  const numbers = new Map<Instant, number>();
  for (const [seconds, text] of samples) {
    const at = Math.round(seconds * 1_000);
    if (!isInstant(at)) throw malformedAnswer(what, `${seconds} is not a time`);
    const value = numberOf(what, text, at, query);
    if (value !== undefined) numbers.set(at - period, value);
  }
  return { name: seriesName(labels), numbers };
}

/** The one number of an instant answer. */
export function onlyNumber(numbers: Numbers): number | undefined {
  const [value] = numbers.values();
  return value;
}
