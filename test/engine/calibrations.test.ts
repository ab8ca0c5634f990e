/** The book of calibrations: each measured once, beside everything else, again when it is old, and told. */
import { describe, expect, test } from 'vitest';
import type { CalibrationTask, Calibrator } from '../../src/calibration/task.ts';
import type { Calibration } from '../../src/core/calibration.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { calibrationBook, type Measuring, type Wanted } from '../../src/engine/calibrations.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { deploymentAt } from '../support/deployment.ts';

const START = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const series = { query: 'q', from: 0, period: 60_000, points: [], growing: false, settledUntil: 0, inputs: {} };
const task: CalibrationTask = {
  judge: { kind: 'dose' },
  sharing: 1,
  history: { deployment: deploymentAt(START), series, avoid: [], now: START },
};
const measured: Calibration = { kind: 'calibrated', etas: [1, 1], placebos: 600, falseStops: 3, met: true, at: START };

function bookOf(results: readonly (Calibration | Error)[]) {
  const clock = drivenClock(START);
  const told: WatchdogEvent[] = [];
  let measurements = 0;
  const calibrator: Calibrator = {
    async measure() {
      const result = results[measurements++] ?? new Error('asked too often');
      if (result instanceof Error) throw result;
      return result;
    },
    async close() {},
  };
  const book = calibrationBook({ clock, record: (event) => told.push(event), open: async () => calibrator });
  const tell =
    (digest: string) =>
    (calibration: Calibration, { why, keepsFormer }: Measuring): WatchdogEvent => ({
      ...{ kind: 'rule-calibrated', at: clock.now(), target: 'main', policy: 'p', rule: 'r', calibration },
      ...{ digest, why, ...(keepsFormer ? { keepsFormer } : {}) },
      application: task.history.deployment.application,
      environment: task.history.deployment.environment,
    });
  let collected = 0;
  const collect = async () => {
    collected++;
    return task;
  };
  return {
    ...{ book, clock, told },
    of: (digest = 'one', outdated: Wanted['outdated'] = () => undefined) =>
      book.of({ digest, collect, told: tell(digest), outdated }),
    settled: () => new Promise((resolve) => setTimeout(resolve, 5)),
    counts: () => ({ collected, measurements }),
  };
}

test('nobody waits for it: it is unknown, then known, measured once and told once', async () => {
  const { of, settled, counts, told } = bookOf([measured]);
  expect(of()).toBeUndefined();
  expect(of()).toBeUndefined();
  await settled();
  expect(of()).toEqual(measured);
  expect(counts()).toEqual({ collected: 1, measurements: 1 });
  expect(told).toMatchObject([{ kind: 'rule-calibrated', calibration: measured, why: 'it had not been measured' }]);
});

test('one that is a day old is measured again, and holds meanwhile', async () => {
  const newer = { ...measured, falseStops: 5 };
  const { of, settled, clock, told } = bookOf([measured, newer]);
  of();
  await settled();
  await clock.advance(25 * HOUR);
  expect(of()).toEqual(measured);
  await settled();
  expect(of()).toEqual(newer);
  expect(told.at(-1)).toMatchObject({ calibration: newer, why: 'the last one was a day old' });
});

test('what fails is told with its reason, tried again after a while, and does not undo what was known', async () => {
  const { of, settled, clock, counts, told } = bookOf([
    new Error('the store is away'),
    measured,
    new Error('away again'),
  ]);
  of();
  await settled();
  expect(of()).toEqual({
    kind: 'uncalibrated',
    because: 'its placebos could not be replayed: the store is away',
  });
  await clock.advance(HOUR);
  of();
  await settled();
  expect(of()).toEqual(measured);
  await clock.advance(25 * HOUR);
  of();
  await settled();
  expect(of()).toEqual(measured);
  expect(counts().measurements).toBe(3);
  expect(told.map((event) => 'keepsFormer' in event)).toEqual([false, false, true]);
});

test('one that does not hold any more is measured again at once, once, and told why', async () => {
  const newer = { ...measured, at: START + HOUR };
  const { of, settled, counts, told } = bookOf([measured, newer]);
  const outdated = ({ kind, ...rest }: Calibration) =>
    kind === 'calibrated' && 'at' in rest && rest.at < newer.at ? 'the metric took a step' : undefined;
  of('one', outdated);
  await settled();
  expect(of('one', outdated)).toEqual(measured);
  expect(of('one', outdated)).toEqual(measured);
  await settled();
  expect(of('one', outdated)).toEqual(newer);
  expect(counts().measurements).toBe(2);
  expect(told.at(-1)).toMatchObject({ calibration: newer, why: 'the metric took a step' });
});

describe('a later life', () => {
  const measuredBefore = async () => {
    const former = bookOf([measured]);
    former.of();
    await former.settled();
    return former.told;
  };

  test('knows what the former one measured, and measures it when it is a day old', async () => {
    const newer = { ...measured, at: START + 25 * HOUR };
    const { book, of, settled, clock, counts } = bookOf([newer]);
    for (const event of await measuredBefore()) book.restore(event);
    expect(of()).toEqual(measured);
    await settled();
    expect(counts().measurements).toBe(0);
    await clock.advance(25 * HOUR);
    expect(of()).toEqual(measured);
    await settled();
    expect(of()).toEqual(newer);
  });

  test('measures what is for something else, and passes over records of before there were digests', async () => {
    const { book, of, settled, counts } = bookOf([measured]);
    for (const event of await measuredBefore()) book.restore(event);
    expect(of('another')).toBeUndefined();
    const { application, environment } = task.history.deployment;
    const names = { target: 'main', policy: 'p', rule: 'r', application, environment };
    book.restore({ kind: 'rule-calibrated', at: START, ...names, calibration: measured });
    await settled();
    expect(counts().measurements).toBe(1);
  });

  test('that learns of it late keeps what is newer', async () => {
    const newer = { ...measured, at: START + HOUR };
    const { book, of, settled } = bookOf([newer]);
    of();
    await settled();
    for (const event of await measuredBefore()) book.restore(event);
    expect(of()).toEqual(newer);
  });
});
