/** A metric that took a step since it was calibrated: seen where it is one, not where it is the day or chance. */
import { randomLcg, randomPoisson } from 'd3-random';
import { expect, test } from 'vitest';
import type { Point, Series } from '../../src/core/series.ts';
import { outdatedFor, withLevel } from '../../src/judges/reading/level-range.ts';
import { deploymentAt } from '../support/deployment.ts';
import { CALIBRATED, MINUTE, START } from './support/traffic.ts';

const DAY_MINUTES = 1_440;
const COUNTS = { metric: 'counts', events: 'errors', requests: 'requests', sparse: false } as const;
const GAUGE = { metric: 'gauge', sparse: false } as const;

/** So many minutes before `now`, which is a minute since the start of the test's time. */
function seriesOf(now: number, minutes: number, level: (minute: number) => number, requests = 2_000): Series {
  const poisson = randomPoisson.source(randomLcg(((now * 7_919 + minutes) % 1_000) / 1_000));
  const errors: Point[] = [];
  for (let minute = now - minutes; minute < now; minute++)
    errors.push({ at: START + minute * MINUTE, value: poisson(requests * level(minute))(), settled: true });
  return {
    ...{ query: 'q', from: START + (now - minutes) * MINUTE, period: MINUTE, points: errors, growing: false },
    settledUntil: START + now * MINUTE,
    inputs: { errors, requests: errors.map((point) => ({ ...point, value: requests })) },
  };
}

/** Calibrated on two days before minute 0, asked at a later minute. */
function outdatedAt(
  now: number,
  level: (minute: number) => number,
  { shape = COUNTS, requests = 2_000 }: { shape?: typeof COUNTS | typeof GAUGE; requests?: number } = {},
): string | undefined {
  const past = seriesOf(0, 2 * DAY_MINUTES, level, requests);
  const metric = past.points.map(({ value }) => ({ value, requests: shape === COUNTS ? requests : 1 }));
  const calibration = withLevel(CALIBRATED, { metric }, shape);
  const deployment = deploymentAt(START + now * MINUTE);
  return outdatedFor(shape)(calibration, { deployment, series: [seriesOf(now, 180, level, requests)] });
}

const daily = (minute: number) => 0.005 * (1.5 + Math.sin((2 * Math.PI * minute) / DAY_MINUTES));

test('a level that doubled or halved is a step, and is told with its numbers', () => {
  const rose = outdatedAt(600, (minute) => (minute < 300 ? 0.005 : 0.01));
  expect(rose).toMatch(
    /^the metric took a step: 0\.0(09\d*|10\d*|1) over the last 60 periods of 1m, 0\.004\d* to 0\.005\d* when it was calibrated$/,
  );
  expect(outdatedAt(600, (minute) => (minute < 300 ? 0.005 : 0.0025))).toMatch(/took a step/);
  expect(outdatedAt(600, (minute) => (minute < 300 ? 0.05 : 0.1), { shape: GAUGE })).toMatch(/took a step/);
});

test('the day, chance, and what is half an hour old are none', () => {
  for (let hour = 1; hour <= 24; hour++) expect(outdatedAt(hour * 60, daily), `hour ${hour}`).toBeUndefined();
  for (let hour = 1; hour <= 24; hour++)
    expect(
      outdatedAt(hour * 60, () => 0.001, { requests: 100 }),
      `hour ${hour}`,
    ).toBeUndefined();
  expect(outdatedAt(600, (minute) => (minute < 580 ? 0.05 : 0.1), { shape: GAUGE })).toBeUndefined();
});

test('a calibration of before levels were kept is never outdated by them', () => {
  const deployment = deploymentAt(START);
  const series = [seriesOf(0, 180, () => 0.01)];
  expect(outdatedFor(COUNTS)(CALIBRATED, { deployment, series })).toBeUndefined();
});
