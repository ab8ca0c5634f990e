/** What the judges by dose cost: one more tick, one calibration, one watch. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomLcg, randomPoisson } from 'd3-random';
import { z } from 'zod';
import { HISTORY_TICKS, PLACEBO_COUNT } from '../src/judges/stats/defaults.ts';
import { linearExposure, tickAverageExposure } from '../src/judges/stats/exposure.ts';
import { eligibleStarts, spreadStarts } from '../src/judges/stats/placebo-starts.ts';
import { type Calibrated, calibrated, inNumpy } from './judges/in-numpy.ts';
import { atMost, type Figure, type Report } from './support/report.ts';
import { script } from './support/script.ts';
import { median, spread } from './support/statistics.ts';

const LENGTHS = [30, 100, 320];
const ROUNDS = 31;
/** Microseconds that one more tick may take. */
const TICK_BOUND = 50;
const GROWTH_BOUND = 1.25;
const CALIBRATIONS = 5;
const WATCHES = 2_000;
const WATCH_LENGTHS = [30, 320];
const HISTORY = 2_880;
const REQUESTS = 2_000;
const RATE = 0.005;

const numbers = z.array(z.number());
const ourCalibrations = calibrated.extend({ chosen: numbers });

async function lineOf(path: string, args: readonly string[]): Promise<unknown> {
  await using running = script(path, args);
  return JSON.parse(await running.line());
}

/** What each judge's tick takes, by length of the deployment; then how it grows. */
function tickFigures(judge: string, rounds: readonly (readonly number[])[]): readonly Figure[] {
  const of = (column: number) => rounds.map((round) => round[column] ?? Number.NaN);
  const costs = LENGTHS.map((length, column) => ({
    what: `${judge}: one more tick after ${length}, µs`,
    measured: spread(of(column), 1),
    beside: `${TICK_BOUND} (bound)`,
    ...atMost(median(of(column)) / TICK_BOUND, 1),
  }));
  const last = LENGTHS.length - 1;
  const growth = {
    what: `${judge}: a tick after ${LENGTHS[last]}, µs`,
    measured: median(of(last)).toFixed(1),
    beside: `${median(of(0)).toFixed(1)} (after ${LENGTHS[0]})`,
    ...atMost(median(of(last)) / median(of(0)), GROWTH_BOUND),
  };
  return [...costs, growth];
}

/** Two days of counts that drift and burst, so that the evidence has to be tempered. */
function metric() {
  const random = randomLcg(0.27);
  let level = 0;
  const events = Array.from({ length: HISTORY }, () => {
    level = 0.99 * level + 0.06 * (random() - 0.5) * Math.sqrt(12);
    const burst = random() < 0.01 ? 3 : 1;
    return randomPoisson.source(random)(REQUESTS * RATE * burst * Math.exp(level))();
  });
  const exposure = tickAverageExposure(linearExposure(20, 10, 10));
  const span = { first: HISTORY_TICKS, last: HISTORY, ticks: exposure.length, cleanBefore: 60 };
  const starts = spreadStarts(eligibleStarts(new Array<number>(HISTORY).fill(0), span));
  return { events, requests: events.map(() => REQUESTS), exposure, starts };
}

async function calibrationFigures(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  try {
    const file = join(folder, 'metric.json');
    await writeFile(file, JSON.stringify(metric()));
    const ours = ourCalibrations.parse(await lineOf('judges/placebos.ts', [file, String(CALIBRATIONS)]));
    const theirs = inNumpy(file, CALIBRATIONS);
    const said = ({ etas, alarms }: Calibrated) => `η ${etas.join(', ')}; alarms ${alarms.join(', ')}`;
    const took = {
      what: `calibration of one metric, ${PLACEBO_COUNT} placebos × 30 ticks, s`,
      measured: spread(ours.seconds),
    };
    const byPower = {
      what: '… with `form: by-power`, s',
      measured: spread(ours.chosen),
      beside: `${took.measured} (as specified)`,
      ratio: (median(ours.chosen) / median(ours.seconds)).toFixed(2),
    };
    const found = { what: 'what it found (adaptive, anchored)', measured: said(ours) };
    if ('skipped' in theirs) {
      process.stderr.write(
        `SKIPPED: the calibration in numpy, which needs python3 with numpy and scipy: ${theirs.skipped}\n`,
      );
      const skipped = { beside: 'NOT COMPARED: no numpy here', ratio: '' };
      return [{ ...took, ...skipped }, { ...found, ...skipped }, byPower];
    }
    return [
      {
        ...took,
        beside: `${spread(theirs.seconds)} (numpy)`,
        ratio: (median(ours.seconds) / median(theirs.seconds)).toFixed(2),
      },
      {
        ...found,
        beside: `${said(theirs)} (numpy)`,
        ...{ ratio: '', bound: '= numpy’s', holds: said(ours) === said(theirs) },
      },
      byPower,
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function memoryFigures(): Promise<readonly Figure[]> {
  const forms = z
    .record(z.string(), numbers)
    .parse(await lineOf('judges/memory.ts', [String(WATCHES), WATCH_LENGTHS.join()]));
  return Object.entries(forms).flatMap(([form, perWatch]) =>
    WATCH_LENGTHS.map((length, index) => {
      const bytes = perWatch[index] ?? Number.NaN;
      const least = (HISTORY_TICKS + length) * 2 * 8;
      return {
        what: `heap that ${form} keeps of a watch after ${length} ticks, KB`,
        measured: (bytes / 1_024).toFixed(1),
        beside: `${(least / 1_024).toFixed(1)} (its numbers alone)`,
        ratio: (bytes / least).toFixed(2),
      };
    }),
  );
}

export async function judges(): Promise<Report> {
  const ticks = z
    .record(z.string(), z.array(numbers))
    .parse(await lineOf('judges/ticks.ts', [LENGTHS.join(), String(ROUNDS)]));
  const costs = Object.entries(ticks).flatMap(([judge, rounds]) => tickFigures(judge, rounds));
  return {
    title: 'Judges by dose',
    about: [
      'One more tick: 150 deployments of counts with requests, the series held as the source for CloudWatch holds them; each minute the newest period and the three before it are answered again, and the judge is timed from evidence to verdict. Ticks of deployments that have been running for so long take turns; told is the mean over the deployments of a round, as median (smallest to largest) of the rounds. `threshold-or-dose` has a day of history before the deployment, `dose` 180 periods. *Learnt* is the form of `form: by-power` whose tick costs the most.',
      'Calibration: the kernels alone, both components of the specification on made-up counts that drift and burst; one thread. Beside it `bench/judges/placebos.py`, written from the specification: all placebos and all cells of the grid at once as arrays, one loop over ticks. Both must find the same tempering and the same alarms. `form: by-power` on the same metric learns from it, and puts three effects into a quarter of the placebos.',
      `Memory: ${WATCHES} watches under one rule; what the judge adds to the heap after a collection. Series and deployments are there before.`,
    ],
    figures: [...costs, ...(await calibrationFigures()), ...(await memoryFigures())],
  };
}
