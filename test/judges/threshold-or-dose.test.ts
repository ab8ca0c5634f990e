/** Judge `threshold-or-dose`: either is enough when calibrated, both are needed when not, and its calibration. */
import { beforeAll, expect, test } from 'vitest';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { thresholdOrDose } from '../../src/judges/threshold-or-dose/index.ts';
import { CALIBRATED, evidenceOf, linearAt, MINUTE, START, seriesOf } from './support/traffic.ts';

beforeAll(prepareSpecial);

const judgeOf = (change = {}) =>
  thresholdOrDose.create(
    thresholdOrDose.options().parse({
      kind: 'threshold-or-dose',
      ...{ metric: 'counts', events: 'errors', requests: 'requests', ...change },
    }),
    1,
  );
const DAY = 1_440;
const BOUND = { ...CALIBRATED, bound: 3 };

test('what everybody suffers suddenly passes the threshold before the dose is sure', () => {
  // A dose that is blind for it: nothing it could find is worth a stop.
  const judge = judgeOf({ smallestEffect: 20 });
  const story = { seed: 4, ratio: 1, before: DAY, everybody: (minute: number) => (minute > 4 ? 4 : 1) };
  const verdict = judge.judge(evidenceOf(seriesOf(story, 9), 9, { calibration: BOUND }));
  expect(verdict.kind).toBe('breached');
  expect(verdict.because).toMatch(
    /^errors per requests at least \d+\.\d standard deviations above the day before in 3 periods in a row \(3\.0 needed; .* against a mean of 0\.00\d+\); 35 % exposed$/,
  );
});

test('the threshold stops nothing while nobody is exposed', () => {
  const story = { seed: 4, ratio: 1, before: DAY, everybody: (minute: number) => (minute >= -5 ? 4 : 1) };
  const verdict = judgeOf().judge(evidenceOf(seriesOf(story, 2), 2, { calibration: BOUND }));
  expect(verdict.kind).toBe('inconclusive');
});

test('without calibration one alone only advises, and both together stop', () => {
  const calibration = { kind: 'uncalibrated', because: 'its history is too short' } as const;
  const dose = judgeOf().judge(evidenceOf(seriesOf({ seed: 6, ratio: 2.5, before: DAY }, 9), 9, { calibration }));
  expect(dose.kind).not.toBe('breached');
  const both = judgeOf().judge(evidenceOf(seriesOf({ seed: 6, ratio: 20, before: DAY }, 9), 9, { calibration }));
  expect(both.kind).toBe('breached');
  expect(both.because).toMatch(/^threshold and dose agree: .*; it is not calibrated: its history is too short$/);
});

test('its calibration keeps false stops to alpha on the past, leaves out what was deployed, and needs enough of it', () => {
  const judge = judgeOf();
  const series = seriesOf({ seed: 8, ratio: 1, before: 2 * DAY + 600 }, 0);
  const history = { deployment: linearAt(0), series, avoid: [], now: START };
  const measured = judge.calibration?.measure(history);
  expect(measured).toMatchObject({ kind: 'calibrated', placebos: 600, met: true });
  const falseStops = measured?.kind === 'calibrated' ? measured.falseStops : 99;
  expect(falseStops / 600).toBeLessThanOrEqual(0.015);
  expect(judgeOf().calibration?.measure(history)).toEqual(measured);
  const avoid = [{ from: START - 2 * DAY * MINUTE, to: START - 120 * MINUTE }];
  expect(judge.calibration?.measure({ ...history, avoid })).toMatchObject({
    kind: 'uncalibrated',
    because: expect.stringMatching(/room for \d+ placebo deployments, and 199 are needed/),
  });
});
