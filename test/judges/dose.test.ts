/** Judge `dose`: what it says of made-up traffic, what it may do, and that it forgets nothing and adds nothing. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/core/verdict.ts';
import { dose } from '../../src/judges/dose.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { CALIBRATED, evidenceOf, linearAt, MINUTE, START, type Story, seriesOf } from './support/traffic.ts';

beforeAll(prepareSpecial);

const COUNTS = { metric: 'counts', events: 'errors', requests: 'requests' };
const judgeOf = (change = {}, sharing = 1) =>
  dose.create(dose.options().parse({ kind: 'dose', ...COUNTS, ...change }), sharing);

/** The first minute at which it says breached, and what it says. */
function firstBreach(story: Story, judge = judgeOf(), most = 30): { minute: number; verdict: Verdict } | undefined {
  for (let minute = 1; minute <= most; minute++) {
    const verdict = judge.judge(evidenceOf(seriesOf(story, minute), minute));
    if (verdict.kind === 'breached') return { minute, verdict };
  }
  return undefined;
}

test('a fivefold error rate that is diluted is found before half of the clients have it', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const found = firstBreach({ seed, ratio: 5 });
    expect(found?.minute ?? 99, `seed ${seed}`).toBeLessThanOrEqual(10);
    expect(found?.verdict.because).toMatch(
      /^errors per requests per exposed client \d+(\.\d+)?× \(\d.*–.*\) higher than expected; evidence (\d+|over a million) against 100 needed; \d+(\.\d+)? % exposed$/,
    );
  }
});

test('what does no harm is not stopped', () => {
  const stopped = Array.from({ length: 30 }, (_, seed) => firstBreach({ seed: seed + 100, ratio: 1 })).filter(Boolean);
  expect(stopped.length).toBeLessThanOrEqual(1);
});

test('a drop is found when a drop is harm, and not when a rise is', () => {
  const story = { seed: 3, ratio: 0.2, rate: 0.2 };
  expect(firstBreach(story, judgeOf({ harm: 'down' }))?.verdict.because).toMatch(/0\.\d+× \(.*\) what was expected/);
  expect(firstBreach(story)).toBeUndefined();
});

test('the same series judged from nothing and tick by tick mean the same', () => {
  const story = { seed: 5, ratio: 2, missing: (minute: number) => minute % 7 === 3 };
  const walked = judgeOf();
  for (let minute = 1; minute <= 20; minute++) {
    const evidence = evidenceOf(seriesOf(story, minute), minute);
    expect(walked.judge(evidence)).toEqual(judgeOf().judge(evidence));
  }
});

describe('without calibration', () => {
  const at = (calibration: Parameters<typeof evidenceOf>[2], change = {}) =>
    judgeOf(change).judge(evidenceOf(seriesOf({ seed: 2, ratio: 20 }, 12), 12, calibration));
  const little = { kind: 'uncalibrated', because: 'its history is too short' } as const;

  test('it says so and stops nothing', () => {
    const verdict = at({ calibration: little });
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.because).toMatch(/it is not calibrated: its history is too short, so it only advises$/);
  });

  test('it stops when the policy insists, and says so as well', () => {
    const verdict = at({ calibration: little }, { uncalibrated: 'stop' });
    expect(verdict.kind).toBe('breached');
    expect(verdict.because).toMatch(/it is not calibrated: its history is too short$/);
  });

  test('one that stopped more than 5 % of its placebos only advises', () => {
    const verdict = at({ calibration: { ...CALIBRATED, falseStops: 31 } });
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.because).toMatch(/it would have stopped 31 of 600 placebo deployments, so it only advises$/);
  });
});

test('an effect below the smallest one, or on too few events, stops nothing', () => {
  const series = seriesOf({ seed: 2, ratio: 5 }, 20);
  const small = judgeOf({ smallestEffect: 20 }).judge(evidenceOf(series, 20));
  expect(small).toMatchObject({ kind: 'healthy', because: expect.stringContaining('below the 20×') });
  const few = judgeOf({ fewestEvents: 100_000 }).judge(evidenceOf(series, 20));
  expect(few).toMatchObject({
    kind: 'healthy',
    because: expect.stringMatching(/rests on \d+ events, of 100000 needed/),
  });
});

test('several rules share alpha: each needs more evidence', () => {
  const verdict = judgeOf({}, 3).judge(evidenceOf(seriesOf({ seed: 2, ratio: 5 }, 12), 12));
  expect(verdict.because).toContain('against 300 needed');
});

test('after the rollback it says whether the metric is back', () => {
  const fall = {
    type: 'ROLLBACK_COMPLETED',
    triggeredBy: 'USER',
    description: '',
    at: START + 12 * MINUTE,
    actions: [],
  };
  const deployment = linearAt(12, { state: 'ROLLED_BACK', events: [...linearAt(12).events, fall] });
  const back = seriesOf({ seed: 2, ratio: 5, until: 12 }, 18);
  const healthy = judgeOf().judge(evidenceOf(back, 18, { deployment }));
  expect(healthy.kind).toBe('healthy');
  expect(healthy.because).toMatch(/after the rollback; it followed the exposure up and down, so the deployment did it/);
  const still = seriesOf({ seed: 2, ratio: 5 }, 18);
  expect(judgeOf().judge(evidenceOf(still, 18, { deployment })).kind).toBe('breached');
  const early = judgeOf().judge(evidenceOf(seriesOf({ seed: 2, ratio: 5, until: 12 }, 15), 15, { deployment }));
  expect(early.because).toContain('too few periods since the rollback');
  const everybody = (minute: number) => (minute > 6 ? 4 : 1);
  const incident = judgeOf().judge(evidenceOf(seriesOf({ seed: 2, ratio: 1, everybody }, 18), 18, { deployment }));
  expect(incident.because).toMatch(/an incident coincided and the deployment did not do it/);
});

test('too little history, or names the source does not know, are told', () => {
  const young = judgeOf().judge(evidenceOf(seriesOf({ seed: 1, ratio: 5, before: 60 }, 12), 12));
  expect(young.because).toBe(
    '100 * errors / requests has 60 of the 180 periods before the deployment, and 120 are needed to know what to expect',
  );
  const strange = judgeOf({ events: 'faults' }).judge(evidenceOf(seriesOf({ seed: 1, ratio: 5 }, 12), 12));
  expect(strange.because).toBe('100 * errors / requests has no metric named faults: it has errors, requests');
});

test('the numbers behind it can be written down', () => {
  const verdict = judgeOf().judge(evidenceOf(seriesOf({ seed: 2, ratio: 5 }, 12), 12));
  const { evidence } = JSON.parse(JSON.stringify(verdict));
  expect(evidence).toMatchObject({ metric: 'counts', alpha: 0.01, calibration: { kind: 'calibrated', placebos: 600 } });
  expect(evidence.ticks).toHaveLength(12);
  expect(evidence.effect).toBeGreaterThan(2);
});
