/** One metric's calibration of the dose judge, over and over. Reads a metric as JSON from a file, writes seconds and η as JSON. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { calibrateEta } from '../../src/judges/stats/calibrate.ts';
import { ADAPTIVE_MEMORY, ANCHORED_MEMORY, COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { metricTicks } from '../../src/judges/stats/filter.ts';
import { placebosOf } from '../../src/judges/stats/placebo.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';

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

const seconds: number[] = [];
let found = calibrated();
for (let round = 0; round < Number(roundsText); round++) {
  const begun = performance.now();
  found = calibrated();
  seconds.push((performance.now() - begun) / 1_000);
}
const etas = found.map(({ eta }) => eta);
const alarms = found.map((one) => one.alarms);
process.stdout.write(`${JSON.stringify({ seconds, etas, alarms })}\n`);
