/** What the soak calls flat: noise and outliers are, a leak of any of its kinds is not. */
import { expect, test } from 'vitest';
import { growth, type Hour, judgeHours, median, slope } from './support/flat.ts';

/** As far from even as a day of the daemon was seen to be. */
const noise = (hour: number) => Math.sin(hour * 12.9898) * 0.5;

function day(change: (hour: number) => Partial<Hour> = () => ({}), length = 24): readonly Hour[] {
  return Array.from({ length }, (_, index) => {
    const hour = index + 1;
    return {
      hour,
      ...{ resident: 270 + noise(hour), heap: 37 + noise(hour) / 2, handles: 3, timers: 3, files: 24, sockets: 28 },
      ...{ journal: 800 + 40 * noise(hour), journalFile: 1_600, journalLog: 16_460 },
      ...{ recordsEach: 25 + 6 * noise(hour), lag: 90, watches: 3 },
      ...{ deployments: 10, stops: 3 },
      ...change(hour),
    };
  });
}

const notFlat = (hours: readonly Hour[]) => judgeHours(hours, 4).filter(({ flat }) => !flat);

test('a steady day is flat, with a step in the warm-up and an hour that was unlike the others', () => {
  expect(notFlat(day())).toEqual([]);
  expect(notFlat(day((hour) => (hour <= 3 ? { resident: 210, heap: 30, handles: 1 } : {})))).toEqual([]);
  expect(notFlat(day((hour) => (hour === 15 ? { resident: 330, heap: 60, timers: 9, journal: 2_000 } : {})))).toEqual(
    [],
  );
});

test.each<[what: string, change: (hour: number) => Partial<Hour>]>([
  ['resident memory (MB)', (hour) => ({ resident: 250 + 1.8 * hour })],
  ['resident memory (MB)', (hour) => ({ resident: hour > 14 ? 310 : 270 })],
  ['objects on the heap (MB)', (hour) => ({ heap: 37 + 0.2 * hour + noise(hour) / 2 })],
  ['journal in use (kB)', (hour) => ({ journal: 1_000 + 25 * hour })],
  ['file of the journal (kB)', (hour) => ({ journalFile: 1_600 + 60 * hour })],
  ['log of the journal (kB)', (hour) => ({ journalLog: 16_460 + 200 * hour })],
  ['records of each deployment', (hour) => ({ recordsEach: 20 + 1.5 * hour })],
  ['handles', (hour) => ({ handles: 3 + Math.floor(hour / 6) })],
  ['timers', (hour) => ({ timers: hour > 13 ? 4 : 3 })],
  ['open files', (hour) => ({ files: 20 + hour })],
  ['sockets', (hour) => ({ sockets: 20 * hour })],
])('%s that grows is not flat', (what, change) => {
  expect(notFlat(day(change)).map((finding) => finding.what)).toEqual([what]);
});

test('a file that is as large as the busiest hour made it is flat, whenever that hour was', () => {
  expect(notFlat(day((hour) => ({ journalFile: hour > 12 ? 1_850 : 1_500 })))).toEqual([]);
});

test('too short a day is not judged', () => expect(() => judgeHours(day(undefined, 9), 4)).toThrow('too few'));

test('the median, the slope and the growth are what they are called', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(slope([1, 3, 5, 7, 100])).toBe(2);
  expect(growth([10, 10, 10, 11, 11, 11])).toBeCloseTo(0.1);
});
