/** Judges that hold the newest periods against others, or against a band: `baseline` and `anomaly-band`. */
import { expect, test } from 'vitest';
import { anomalyBand } from '../../src/judges/anomaly-band.ts';
import { baseline } from '../../src/judges/baseline.ts';
import { during, ticksOf } from './support/ticks.ts';
import { CALIBRATED, linearAt, START } from './support/traffic.ts';

const judgeOf = (change = {}) =>
  baseline.create(baseline.options().parse({ kind: 'baseline', metric: 'gauge', limit: 1.5, ...change }), 1);

/** A day that goes up and down, and does it again. */
const level = (minute: number) => 100 + 60 * Math.sin((2 * Math.PI * minute) / 1_440) + ((minute * 7) % 5);
const days = (count: number, more: number, factor: (minute: number) => number = () => 1) =>
  Array.from({ length: count * 1_440 + more }, (_, tick) => level(tick) * factor(tick - count * 1_440));
const bad = (minute: number) => (minute >= 0 ? 2 : 1);
const CALM = { ...CALIBRATED, etas: [], bound: 1.5 };

test('twice what it was before the deployment is harm, and the sentence says both', () => {
  const verdict = judgeOf().judge(during(ticksOf({ m: days(1, 8, bad) }, 1_440), { calibration: CALM }));
  expect(verdict.kind).toBe('breached');
  expect(verdict.because).toMatch(
    /^the query \d+ in the last 5 periods of 1m, 2\.\d+× above the [\d.]+ before the deployment \(1\.5× needed\)$/,
  );
});

test('against yesterday the daily rise is no harm, and a bound that placebos raised counts', () => {
  const yesterday = judgeOf({ against: 'yesterday' });
  const same = during(ticksOf({ m: days(2, 20) }, 2_880), { calibration: CALM });
  expect(yesterday.judge(same).kind).toBe('healthy');
  const twice = ticksOf({ m: days(2, 20, bad) }, 2_880);
  expect(yesterday.judge(during(twice, { calibration: CALM })).kind).toBe('breached');
  expect(yesterday.judge(during(twice, { calibration: { ...CALM, bound: 3 } })).kind).toBe('healthy');
});

test('a difference and a drop are told in their own words', () => {
  const half = ticksOf({ m: days(1, 8, (minute) => (minute >= 0 ? 0.4 : 1)) }, 1_440);
  const drop = judgeOf({ harm: 'down' }).judge(during(half, { calibration: CALM }));
  expect(drop.because).toMatch(/2\.\d+× below the/);
  const difference = judgeOf({ as: 'difference', limit: 30 }).judge(
    during(ticksOf({ m: days(1, 8, bad) }, 1_440), { calibration: { ...CALM, bound: 30 } }),
  );
  expect(difference.because).toMatch(/ 113 above the [\d.]+ before the deployment \(30 needed\)$/);
});

test('its calibration raises the bound to what the past asks for; without one it advises', () => {
  const series = ticksOf({ m: days(3, 0) }, 4_320);
  const history = { deployment: linearAt(0), series, avoid: [], now: START };
  const measured = judgeOf({ limit: 1.05 }).calibration?.measure(history);
  expect(measured).toMatchObject({ kind: 'calibrated', placebos: 600, met: true });
  const bound = measured?.kind === 'calibrated' ? (measured.bound ?? 0) : 0;
  expect(bound).toBeGreaterThan(1.1);
  const { calibration: _, ...evidence } = during(ticksOf({ m: days(1, 8, bad) }, 1_440));
  expect(judgeOf().judge(evidence)).toMatchObject({
    kind: 'inconclusive',
    because: expect.stringMatching(/its calibration is not finished, so it only advises$/),
  });
});

const band = (change = {}) => anomalyBand.create(anomalyBand.options().parse({ kind: 'anomaly-band', ...change }), 1);

test('values outside of the band breach on the side that is harm', () => {
  const over = during(ticksOf({ m: [0, 0, 3, 4] }));
  expect(band().judge(over)).toMatchObject({
    kind: 'breached',
    because: expect.stringContaining('the query above its band: 2 of the last 3 datapoints'),
  });
  expect(band({ side: 'below' }).judge(over).kind).toBe('healthy');
  expect(band({ side: 'both' }).judge(during(ticksOf({ m: [0, 0, -3, 4] }))).kind).toBe('breached');
});
