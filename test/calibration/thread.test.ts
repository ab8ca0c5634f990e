/** The thread of calibrations: it reckons what would be reckoned here, and holds up nobody. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { measure } from '../../src/calibration/measure.ts';
import { calibrationPool } from '../../src/calibration/thread.ts';
import { dose } from '../../src/judges/dose.ts';
import { linearAt, START, seriesOf } from '../judges/support/traffic.ts';

const judge = dose.options().parse({ kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests' });
const task = (before: number) => ({
  judge,
  sharing: 1,
  history: { deployment: linearAt(0), series: seriesOf({ seed: 9, ratio: 1, before }, 0), avoid: [], now: START },
});

test('the same numbers as in this thread, twice, with the loop free meanwhile', { timeout: 60_000 }, async () => {
  const pool = calibrationPool();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  // The copy of the first task is made here.
  await pool.measure(task(400));
  delay.enable();
  const both = await Promise.all([pool.measure(task(1_500)), pool.measure(task(700))]);
  delay.disable();
  expect(delay.percentile(90) / 1e6).toBeLessThan(100);
  expect(both).toEqual([await measure(task(1_500)), await measure(task(700))]);
  expect(both[0]).toMatchObject({ kind: 'calibrated', placebos: 600 });
  await pool.close();
});
