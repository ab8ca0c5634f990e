/** The parts of the rollback benchmark that its figures rest on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibrated, either, fixed } from '../../bench/rollback/contender.ts';
import { mix, powered } from '../../bench/rollback/contenders.ts';
import { headline } from '../../bench/rollback/headline.ts';
import { chanceOf, drawn } from '../../bench/rollback/random.ts';
import { cusumOf, KAYENTA_Z, oracleOf, poissonOf, rankOf, ratioOf, thresholdOf } from '../../bench/rollback/rivals.ts';
import { scoreOf, setScore } from '../../bench/rollback/score.ts';
import {
  type BenchSeries,
  changed,
  EXPOSURE,
  laggedExposure,
  plainTrial,
  TICKS,
  type Trial,
  valuesOf,
} from '../../bench/rollback/trial.ts';
import { drawPlacements, trialsAt } from '../../bench/rollback/trials.ts';
import { harmRatio } from '../../src/judges/stats/let-through.ts';
import { mannWhitneyHarmful } from '../../src/judges/stats/mann-whitney.ts';
import { at, mean, sum } from '../../src/judges/stats/ticks.ts';

const DAY = 200;

/** Errors of a steady service: 20 a tick. */
function steadySeries(seed: number): BenchSeries {
  const chance = chanceOf(seed);
  const expected = Array.from({ length: DAY * 8 }, () => 20);
  const metric = expected.map((events) => ({ value: chance.poisson(events), requests: 4_000 }));
  return { name: 'steady', kind: 'counts', day: DAY, metric, labels: new Uint8Array(expected.length), expected };
}

const series = steadySeries(1);
const trials = trialsAt(series, [3], drawPlacements(series, [3], chanceOf(2)));
const harmed: readonly Trial[] = trials.harmful.get(3) ?? [];

test('chance is the same for the same seed, and what it says it is', () => {
  const numbers = (seed: number) => {
    const chance = chanceOf(seed);
    return Array.from({ length: 2_000 }, () => [chance.uniform(), chance.poisson(7), chance.gamma(0.5)]);
  };
  expect(numbers(5)).toEqual(numbers(5));
  expect(numbers(5)).not.toEqual(numbers(6));
  const [uniform = 0, poisson = 0, gamma = 0] = [0, 1, 2].map((one) => mean(numbers(5).map((row) => at(row, one))));
  expect(uniform).toBeCloseTo(0.5, 1);
  expect(Math.abs(poisson - 7)).toBeLessThan(0.25);
  expect(gamma).toBeCloseTo(1, 1);
});

test('nothing is drawn twice while there is enough', () => {
  const items = Array.from({ length: 60 }, (_, index) => index);
  expect(new Set(drawn(items, 60, chanceOf(1))).size).toBe(60);
  expect(drawn(items, 80, chanceOf(1))).toHaveLength(80);
});

test('placements keep apart what is learnt from and what is judged', () => {
  const half = series.metric.length / 2;
  expect(trials.placebos.every(({ start }) => start >= 2 * DAY && start + TICKS < half)).toBe(true);
  expect(trials.harmless.every(({ start }) => start >= half)).toBe(true);
  expect([trials.placebos.length, trials.harmless.length, harmed.length]).toEqual([600, 300, 150]);
});

test('a harmful deployment adds what its exposed clients add', () => {
  const added = harmed.map(({ during, start }) =>
    sum(valuesOf(during).map((value, tick) => value - (series.metric[start + tick]?.value ?? 0))),
  );
  expect(mean(added) / (20 * 2 * sum(EXPOSURE))).toBeCloseTo(1, 1);
  expect(laggedExposure(0.5)).toEqual(EXPOSURE);
});

// Without ties: with them the standardised U need not fall with the shift, and what it crosses is not unique.
test('Mann-Whitney at every tick is Kayenta’s rule at every tick', () => {
  const value = fc.integer({ min: 0, max: 40 });
  const arrays = fc.tuple(
    fc.array(value, { minLength: 60, maxLength: 60 }),
    fc.array(value, { minLength: TICKS, maxLength: TICKS }),
  );
  fc.assert(
    fc.property(arrays, fc.nat({ max: 25 }), ([old, fresh], more) => {
      const untied = [...old, ...fresh.map((seen) => seen + more)].map((seen, index) => seen + index * Math.PI * 1e-4);
      const metric = untied.map((seen) => ({ value: seen, requests: 1 }));
      const bare: BenchSeries = { name: 'any', kind: 'gauge', day: 60, metric, labels: [] };
      const scores = rankOf(plainTrial(bare, 60));
      for (const tick of [4, 11, 29]) {
        const rule = mannWhitneyHarmful(valuesOf(metric).slice(60, 61 + tick), untied.slice(0, 60));
        expect(at(scores, tick) > KAYENTA_Z).toBe(rule);
      }
    }),
    { numRuns: 60 },
  );
});

test('every rival scores harm above no harm, and a hole as nothing', () => {
  const quiet = plainTrial(series, 4 * DAY);
  const loud = changed(quiet, (value) => value * 5);
  const holes = changed(quiet, () => Number.NaN);
  for (const scores of [thresholdOf, ratioOf, cusumOf, rankOf, poissonOf]) {
    expect(Math.max(...scores(loud))).toBeGreaterThan(Math.max(...scores(quiet)));
    expect(Math.max(...scores(holes))).toBeLessThanOrEqual(0);
  }
});

test('a judge is scored by what it stops, and the oracle is hard to beat', () => {
  const threshold = { name: 'threshold', learn: fixed(thresholdOf, 3) };
  const oracle = { name: 'oracle', learn: fixed(oracleOf, Math.log(100)) };
  const scores = [threshold, oracle].map((judge) =>
    setScore(
      judge.name,
      [scoreOf(judge, trials)].flatMap((s) => s ?? []),
    ),
  );
  const [plain, limit] = scores;
  expect(limit?.falseStops.mean).toBe(0);
  expect(limit?.harm.mean).toBeLessThan(plain?.harm.mean ?? 0);
  if (plain === undefined || limit === undefined) throw new Error('not scored');
  expect(headline(plain, plain)).toEqual({ ratio: 1, low: 1, high: 1 });
  expect(headline(limit, plain).ratio).toBeLessThan(1);
  expect(harmRatio(undefined, EXPOSURE)).toBe(1);
});

test('either stops when the first of them does', () => {
  const [early, late] = [fixed(thresholdOf, 0.5), calibrated(thresholdOf, 3)];
  const [both, first, second] = [either(late, early), early, late].map((learn) => learn(trials.placebos, []));
  const stops = harmed.map((trial) => [both, first, second].map((stop) => stop?.(trial) ?? 99));
  expect(stops.every(([one = 0, a = 0, b = 0]) => one === Math.min(a, b))).toBe(true);
});

test('the form chosen by power lets through no more of the harm it was chosen by than MIX does', () => {
  const ratios = [2, 5];
  const [chosen, mixed] = [powered, mix].map(({ learn }) => learn(trials.placebos, ratios));
  const letThrough = (stop: typeof chosen) => mean(harmed.map((trial) => harmRatio(stop?.(trial), trial.actual)));
  expect(letThrough(chosen)).toBeLessThanOrEqual(letThrough(mixed) + 0.05);
  const alarms = trials.placebos.filter((placebo) => chosen?.(placebo) !== undefined).length;
  expect(alarms).toBeLessThanOrEqual(Math.max(0, Math.floor(0.01 * (trials.placebos.length + 1)) - 1));
});
