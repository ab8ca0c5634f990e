/** The schedule on the real clock, in real seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { schedule } from '../../src/engine/schedule.ts';
import { systemClock } from '../../src/lib/clock.ts';

test('runs every second, never twice at once, tells what was left out, and stops', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  let overlaps = 0;
  const scheduled = schedule({
    expression: '* * * * * *',
    clock: systemClock(),
    async run() {
      running++;
      runs++;
      most = Math.max(most, running);
      // The second run takes longer than a second, so that the next one is due while it is under way.
      await delay(runs === 2 ? 1_600 : 10);
      running--;
    },
    onOverlap: () => {
      overlaps++;
    },
  });
  await delay(5_300);
  scheduled.stop();
  const atStop = runs;
  expect(most).toBe(1);
  expect(overlaps).toBeGreaterThanOrEqual(1);
  expect(runs).toBeGreaterThanOrEqual(3);
  await delay(2_200);
  expect(runs).toBe(atStop);
});
