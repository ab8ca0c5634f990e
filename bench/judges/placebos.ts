/**
 * One metric's calibration of the dose judge, over and over, as specified and by power. Reads a metric as JSON from a file,
 * writes seconds and η as JSON.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { dose } from '../../src/judges/dose.ts';
import { calibrateDose } from '../../src/judges/reading/dose-calibration.ts';
import { calibrateEta } from '../../src/judges/stats/calibrate.ts';
import { ADAPTIVE_MEMORY, ALPHA, ANCHORED_MEMORY, COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { metricTicks } from '../../src/judges/stats/filter.ts';
import { placebosOf } from '../../src/judges/stats/placebo.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { COUNTS } from './service.ts';

const numbers = z.array(z.number());
const [, , file = '', roundsText = ''] = process.argv;
const { events, requests, exposure, starts } = z
  .object({ events: numbers, requests: numbers, exposure: numbers, starts: numbers })
  .parse(JSON.parse(readFileSync(file, 'utf8')));
await prepareSpecial();

function calibrated() {
  const memories = [ADAPTIVE_MEMORY, ANCHORED_MEMORY];
  const plan = { kind: 'counts', memories, betas: COUNT_BETAS, exposure } as const;
  return placebosOf(metricTicks(events, requests), starts, plan).map((placebos) => calibrateEta(placebos));
}

function byPower() {
  const setup = dose.options().parse({ kind: 'dose', ...COUNTS, form: 'by-power' });
  const metric = metricTicks(events, requests);
  const grid = { from: 0, period: 60_000, history: metric.length, during: 0 };
  return calibrateDose(setup, { grid, metric, labels: events.map(() => 0), starts, exposure }, { alpha: ALPHA }, 0);
}

function secondsOf(work: () => unknown): readonly number[] {
  work();
  return Array.from({ length: Number(roundsText) }, () => {
    const begun = performance.now();
    work();
    return (performance.now() - begun) / 1_000;
  });
}

const seconds = secondsOf(calibrated);
const chosen = secondsOf(byPower);
const found = calibrated();
const etas = found.map(({ eta }) => eta);
const alarms = found.map((one) => one.alarms);
process.stdout.write(`${JSON.stringify({ seconds, chosen, etas, alarms })}\n`);
