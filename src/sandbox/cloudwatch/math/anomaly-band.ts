/**
 * ANOMALY_DETECTION_BAND, simplified: CloudWatch trains a model with seasons and trend; this band is the mean of the
 * preceding day plus and minus so many standard deviations.
 */
import type { Instant } from '../../../core/time.ts';
import { seriesOf, type TimeSeries } from '../metrics/series.ts';
import { mathError } from './math-error.ts';
import { type MathContext, several, type Value } from './value.ts';

/** How far back the band looks, and how far back a request must be read for it. */
export const BAND_HISTORY = 86_400_000;
const LEAST_DATA = 2;

/** Two series, the upper bound first; periods with fewer than two datapoints before them have no band. */
export function anomalyBand(id: string | undefined, width: Value, context: MathContext): Value {
  const history = id === undefined ? undefined : context.historyOf(id);
  if (history === undefined) throw mathError('ANOMALY_DETECTION_BAND needs the id of a metric or of an expression');
  if (width.kind !== 'scalar' || width.value <= 0) {
    throw mathError('ANOMALY_DETECTION_BAND needs a positive number of standard deviations');
  }
  const bands = bandsOf(history, context.window.from);
  const side = (name: string, sign: 1 | -1) =>
    seriesOf(
      `${history.label} ${name}`,
      history.period,
      bands.map(({ at, mean, deviation }) => [at, mean + sign * width.value * deviation] as const),
    );
  return several([side('upper', 1), side('lower', -1)]);
}

/** Mean and standard deviation of the day before each datapoint, by running sums. */
function bandsOf({ at: times, values }: TimeSeries, from: Instant) {
  const bands: { at: Instant; mean: number; deviation: number }[] = [];
  const running = { count: 0, sum: 0, squares: 0, oldest: 0 };
  const add = (value: number, sign: 1 | -1) => {
    running.count += sign;
    running.sum += sign * value;
    running.squares += sign * value * value;
  };
  for (const [index, at] of times.entries()) {
    for (; (times[running.oldest] ?? at) < at - BAND_HISTORY; running.oldest++) add(values[running.oldest] ?? 0, -1);
    if (at >= from && running.count >= LEAST_DATA) {
      const mean = running.sum / running.count;
      bands.push({ at, mean, deviation: Math.sqrt(Math.max(0, running.squares / running.count - mean * mean)) });
    }
    add(values[index] ?? 0, 1);
  }
  return bands;
}
