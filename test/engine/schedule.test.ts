/** When cycles start: the same instants as node-cron's, never two runs at once, and an end when it is stopped. */
import fc from 'fast-check';
import cron from 'node-cron';
import { expect, test } from 'vitest';
import { nextRun, schedule } from '../../src/engine/schedule.ts';
import { drivenClock } from '../../src/lib/clock.ts';

const START = Date.UTC(2026, 10, 22, 12, 0, 0);
const EXPRESSIONS = ['*/15 * * * * *', '0 * * * * *', '7,33 */2 * * * *', '10 0 * * * *', '*/10 59 23 * * *'];

test.each(EXPRESSIONS)('%s names the runs that node-cron names', (expression) => {
  const task = cron.createTask(expression, () => {});
  const theirs = task.getNextRuns(5).map((date) => date.getTime());
  const [first = 0] = theirs;
  const ours = [first];
  for (let at = nextRun(expression, first); at !== undefined && ours.length < 5; at = nextRun(expression, at)) {
    ours.push(at);
  }
  expect(nextRun(expression, first - 1)).toBe(first);
  expect(ours).toEqual(theirs);
});

test('the next run lies after the instant, on a whole second, and none lies between', () => {
  const task = cron.createTask('*/15 * * * * *', () => {});
  fc.assert(
    fc.property(fc.integer({ min: START, max: START + 86_400_000 }), (after) => {
      const next = nextRun('*/15 * * * * *', after) ?? 0;
      expect(next).toBeGreaterThan(after);
      expect(next % 1_000).toBe(0);
      for (let at = Math.floor(after / 1_000) * 1_000 + 1_000; at < next; at += 1_000) {
        expect(task.match(new Date(at))).toBe(false);
      }
    }),
  );
});

test('it runs at each instant on a driven clock, until it is stopped', async () => {
  const clock = drivenClock(START + 1);
  const ran: number[] = [];
  const run = async () => void ran.push(clock.now() - START);
  const scheduled = schedule({ expression: '*/15 * * * * *', clock, run, onOverlap: () => {} });
  await clock.advance(60_000);
  expect(ran).toEqual([15_000, 30_000, 45_000, 60_000]);
  scheduled.stop();
  await clock.advance(60_000);
  expect(ran).toHaveLength(4);
});

test('a run that takes longer is not overtaken; those left out are told, and it goes on afterwards', async () => {
  const clock = drivenClock(START);
  const began: number[] = [];
  let overlaps = 0;
  const scheduled = schedule({
    expression: '*/15 * * * * *',
    clock,
    async run() {
      began.push(clock.now() - START);
      await clock.sleep(40_000);
    },
    onOverlap: () => overlaps++,
  });
  await clock.advance(120_000);
  expect(began).toEqual([15_000, 60_000, 105_000]);
  expect(overlaps).toBe(5);
  scheduled.stop();
});

test('a clock that jumps ahead does not make up for what it passed over', async () => {
  const clock = drivenClock(START);
  const ran: number[] = [];
  const scheduled = schedule({
    expression: '*/15 * * * * *',
    clock: { ...clock, sleep: (duration, signal) => clock.sleep(duration + 50_000, signal) },
    run: async () => void ran.push(clock.now() - START),
    onOverlap: () => {},
  });
  await clock.advance(200_000);
  expect(ran).toEqual([65_000, 125_000, 185_000]);
  scheduled.stop();
});

test.each([
  ['back by two hours', -7_200_000],
  ['ahead by two hours', 7_200_000],
  ['ahead by 73 hours', 73 * 3_600_000],
])('a clock that is put %s does not end the runs', async (_, by) => {
  const clock = drivenClock(START + 1);
  let set = 0;
  const ran: number[] = [];
  const scheduled = schedule({
    expression: '*/15 * * * * *',
    clock: { ...clock, now: () => clock.now() + set },
    run: async () => void ran.push(clock.elapsed()),
    onOverlap: () => {},
  });
  await clock.advance(20_000);
  set = by;
  await clock.advance(100_000);
  // The run that was waited for when it was put back may be left out, and no other.
  expect(ran.filter((at) => at !== 29_999)).toEqual([14_999, 44_999, 59_999, 74_999, 89_999, 104_999, 119_999]);
  scheduled.stop();
});

test('a night that was slept through is over when the clock says so', async () => {
  const clock = drivenClock(START);
  let set = 0;
  const ran: number[] = [];
  const hour = new Date(START + 3_600_000).getHours();
  const scheduled = schedule({
    expression: `0 0 ${hour} * * *`,
    clock: { ...clock, now: () => clock.now() + set },
    run: async () => void ran.push(clock.elapsed()),
    onOverlap: () => {},
  });
  await clock.advance(60_000);
  set = 7_200_000;
  await clock.advance(120_000);
  expect(ran).toEqual([120_000]);
  scheduled.stop();
});

test('looking for the next run leaves nothing behind in node-cron', async () => {
  const before = cron.getTasks().size;
  for (let n = 0; n < 50; n++) nextRun('*/15 * * * * *', START + n);
  await new Promise((resolve) => setImmediate(resolve));
  expect(cron.getTasks().size).toBe(before);
});

test('an expression that names one second of a year is found at once', () => {
  const at = new Date(nextRun('30 5 3 1 7 *', START) ?? 0);
  expect([at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()]).toEqual([6, 1, 3, 5, 30]);
});
