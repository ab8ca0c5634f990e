/** The threshold judge's reasons: sentences for people, numbers for the record. */

import { exposureAt } from '../../core/deployment.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Evidence } from '../../core/seams.ts';
import type { Point, Series } from '../../core/series.ts';
import { iso } from '../../core/time.ts';
import type { Bounds, Reading } from './readings.ts';

export type { Bounds } from './readings.ts';

const POINTS_TOLD = 3;

/** Four significant digits: enough to decide by, short enough to read. */
function formatValue(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

export function boundsInWords(bounds: Bounds): string {
  const words: string[] = [];
  if (bounds.above !== undefined) words.push(`above ${formatValue(bounds.above)}`);
  if (bounds.below !== undefined) words.push(`below ${formatValue(bounds.below)}`);
  return words.join(' or ');
}

function clockTime(at: number): string {
  return iso(at).slice(11, 19);
}

function readingInWords(reading: Reading): string {
  const value = reading.value === undefined ? 'no data' : formatValue(reading.value);
  return `${value} at ${clockTime(reading.at)}${reading.settled ? '' : ' (still growing)'}`;
}

/** The newest readings that say something, oldest first: `0.2 at 12:03:00, no data at 12:04:00`. */
export function numbersInWords(all: readonly Reading[]): string {
  const told = all.filter((reading) => reading.state !== 'pending').slice(-POINTS_TOLD);
  return told.length === 0 ? 'no datapoint yet' : told.map(readingInWords).join(', ');
}

/** What begins at an instant or later: the points before are not even made. */
function inputsFrom({ series: [series] }: Evidence, from: number): Series['inputs'] {
  return (series?.tail?.(from) ?? series)?.inputs ?? {};
}

function inputsAt(evidence: Evidence, at: number): string {
  const parts: string[] = [];
  for (const [name, points] of Object.entries(inputsFrom(evidence, at))) {
    const point = points.find((candidate) => candidate.at === at);
    if (point !== undefined) parts.push(`${name} ${formatValue(point.value)}`);
  }
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** The newest of so many breaching readings, with the metrics they were computed from; all readings when there is none. */
export function lateBreaches(evidence: Evidence, all: readonly Reading[], breaches: number): string {
  if (breaches === 0) return numbersInWords(all);
  const told = all.filter((reading) => reading.state === 'breaching').slice(-Math.min(breaches, POINTS_TOLD));
  return told.map((reading) => `${readingInWords(reading)}${inputsAt(evidence, reading.at)}`).join(', ');
}

function pointsAsJson(points: readonly Point[], from: number): readonly JsonObject[] {
  return points.filter((point) => point.at >= from).map((point) => ({ at: iso(point.at), value: point.value }));
}

/** The numbers behind a verdict, for the journal, `explain` and the log: the readings it rests on, and their metrics. */
export function evidenceOf(
  evidence: Evidence,
  bounds: Bounds,
  breaching: { readonly need: number; readonly of: number },
  proving: readonly Reading[],
): JsonObject {
  const from = proving[0]?.at ?? Number.POSITIVE_INFINITY;
  const series = evidence.series[0];
  const inputs = Object.entries(inputsFrom(evidence, from));
  // Keys in the order of the journal, which writes them down as they stand then.
  return {
    ...(bounds.above === undefined ? {} : { above: bounds.above }),
    ...(bounds.below === undefined ? {} : { below: bounds.below }),
    breaching: `${breaching.need} of ${breaching.of}`,
    exposure: exposureAt(evidence.deployment, evidence.now),
    inputs: Object.fromEntries(inputs.map(([name, points]) => [name, pointsAsJson(points, from)])),
    periodMs: series?.period ?? 0,
    points: proving.map((reading) => ({
      at: iso(reading.at),
      breaching: reading.state === 'breaching',
      counted: reading.side === 'during',
      settled: reading.settled,
      value: reading.value ?? null,
    })),
    query: series?.query ?? '',
  };
}
