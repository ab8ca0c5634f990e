/** Real series and the published placements, from a directory that is no part of the project. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { chanceOf } from './random.ts';
import type { BenchSeries } from './trial.ts';
import { drawPlacements, type Trials, trialsAt } from './trials.ts';

const byRatio = <Item extends z.ZodType>(item: Item) => z.record(z.string(), z.array(item));
const placementsSchema = z.object({
  calibration: z.array(z.int()),
  evaluation: z.array(z.int()),
  effect: z.array(z.int()),
  lag: byRatio(z.number()),
  added: byRatio(z.array(z.number())).optional(),
});
const setSchema = z.object({
  day_ticks: z.int(),
  rate_ratios: z.array(z.number()),
  kind: z.enum(['counts', 'gauge']),
  series: z.record(z.string(), placementsSchema),
});
const fileSchema = z.object({ sets: z.record(z.string(), setSchema) });

const unpacked = (path: string): string => gunzipSync(readFileSync(path)).toString('utf8');

const cellsOf = (text: string): readonly (readonly string[])[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(','));

/** A CSV of tick, value and label; a negative value counts as 0, and row = tick. */
function readSeries(directory: string, name: string, shape: Pick<BenchSeries, 'kind' | 'day'>): BenchSeries {
  const cells = cellsOf(unpacked(join(directory, `${name}.csv.gz`))).map((row) => row.map(Number));
  const metric = cells.map(([, value = Number.NaN]) => ({ value: Math.max(value, 0), requests: 1 }));
  return { name, ...shape, metric, labels: cells.map(([, , label = 0]) => label) };
}

export interface BenchSet {
  readonly name: string;
  /** Series that judges are known to do badly on: in a table, and no headline rests on them. */
  readonly apart?: boolean;
  readonly ratios: readonly number[];
  readonly series: readonly string[];
  /** All deployments of one series; for other rate ratios the lags of the set's own are taken. */
  trials(series: string, ratios?: readonly number[]): Trials;
}

/** The sets with published placements. */
function placedSets(directory: string): readonly BenchSet[] {
  const { sets } = fileSchema.parse(JSON.parse(unpacked(join(directory, 'placements.json.gz'))));
  return Object.entries(sets).map(([name, { rate_ratios: own, day_ticks: day, kind, series }]) => ({
    name,
    ratios: own,
    series: Object.keys(series),
    trials(one, ratios = own) {
      const placements = series[one];
      if (placements === undefined) throw new Error(`${name} has no series ${one}`);
      const lagOf = (index: number) => placements.lag[own[index] ?? ''] ?? [];
      const lag = Object.fromEntries(ratios.map((ratio, index) => [ratio, lagOf(index)]));
      const added = ratios === own ? placements.added : undefined;
      return trialsAt(readSeries(directory, one, { kind, day }), ratios, { ...placements, lag, added });
    },
  }));
}

const EXTRA = { name: 'nab-extra', day: 288, ratios: [1.5, 2, 5], seed: 9 };

/** Series without published placements: they are drawn here. */
function extraSet(directory: string): BenchSet {
  const rows = cellsOf(readFileSync(join(directory, 'MANIFEST.csv'), 'utf8'));
  const { name, day, ratios: own, seed } = EXTRA;
  return {
    name,
    apart: true,
    ratios: own,
    series: rows.flatMap(([file = '', set]) => (set === name ? file.replace('.csv.gz', '') : [])),
    trials(one, ratios = own) {
      const series = readSeries(directory, one, { kind: 'gauge', day });
      return trialsAt(series, ratios, drawPlacements(series, ratios, chanceOf(seed)));
    },
  };
}

export function realSets(directory: string): readonly BenchSet[] {
  return [...placedSets(directory), extraSet(directory)];
}
