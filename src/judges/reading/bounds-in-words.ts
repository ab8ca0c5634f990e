/** The threshold judge's reasons: sentences for people. */
import type { Evidence } from '../../core/seams.ts';
import { iso } from '../../core/time.ts';
import { inputsFrom } from './bounds-evidence.ts';
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
