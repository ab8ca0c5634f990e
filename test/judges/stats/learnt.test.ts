/** What is learnt of a metric: that it predicts, that it is the same in any unit, and that holes are no evidence. */
import './support/prepared.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceOf } from '../../../bench/rollback/random.ts';
import { solvePositiveDefinite } from '../../../src/judges/stats/cholesky.ts';
import { ADAPTIVE_MEMORY, COUNT_BETAS, GAUGE_BETAS } from '../../../src/judges/stats/defaults.ts';
import { startDose } from '../../../src/judges/stats/dose-mix.ts';
import { logEvidencePath } from '../../../src/judges/stats/evidence.ts';
import { linearExposure, tickAverageExposure } from '../../../src/judges/stats/exposure.ts';
import { type MetricTick, metricTicks } from '../../../src/judges/stats/filter.ts';
import { learntFilter } from '../../../src/judges/stats/learnt-filter.ts';
import { fitLearnt } from '../../../src/judges/stats/learnt-fit.ts';
import { doseTicks, ratioIncrements } from '../../../src/judges/stats/likelihood-ratio.ts';
import { at, mean } from '../../../src/judges/stats/ticks.ts';

const EXPOSURE = tickAverageExposure(linearExposure(20, 10, 10));
const NOISE = 0.05;

/** A gauge around 20 whose logarithm is AR(1). */
function wandering(seed: number, keeps: number, length = 2_500): readonly MetricTick[] {
  const chance = chanceOf(seed);
  let away = 0;
  const values = Array.from({ length }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - chance.uniform())) * Math.cos(2 * Math.PI * chance.uniform());
    away = keeps * away + NOISE * normal;
    return 20 * Math.exp(away);
  });
  return metricTicks(values);
}

const TRAINED = 2_000;

function learntFrom(history: readonly MetricTick[], labels: ArrayLike<number> = []) {
  const model = fitLearnt(history, labels);
  if (model === undefined) throw new Error('nothing was learnt');
  return model;
}

function filterAfter(history: readonly MetricTick[], model = learntFrom(history)) {
  const filter = learntFilter(model, history);
  if (filter === undefined) throw new Error('no filter');
  return filter;
}

const nothing: MetricTick = { value: Number.NaN, requests: 1 };

/** Root of the mean squared error of one tick ahead, on the log scale. */
function errorOf(series: readonly MetricTick[]): number {
  const filter = filterAfter(series.slice(0, TRAINED));
  let belief = filter.start;
  const errors = series.slice(TRAINED).map((tick) => {
    const predicted = filter.step(belief, nothing, 1).belief.recent.at(-1) ?? Number.NaN;
    belief = filter.step(belief, tick, 1).belief;
    return (belief.recent.at(-1) ?? Number.NaN) - predicted;
  });
  return Math.sqrt(mean(errors.map((error) => error * error)));
}

const multiplied = (ticks: readonly MetricTick[], by: number): readonly MetricTick[] =>
  ticks.map(({ value, requests }) => ({ value: value * by, requests }));

/** ln E of each tick when exposed clients have `ratio` times what others have. */
function evidenceAt(ratio: number, series = wandering(3, 0.6)): readonly number[] {
  const filter = filterAfter(series.slice(0, TRAINED));
  const during = series.slice(TRAINED, TRAINED + EXPOSURE.length).map(({ value, requests }, tick) => ({
    value: value * (1 + (ratio - 1) * at(EXPOSURE, tick)),
    requests,
  }));
  return logEvidencePath(ratioIncrements(filter, GAUGE_BETAS, doseTicks(during, EXPOSURE)));
}

describe('linear equations', () => {
  test('what was multiplied is found again', () => {
    const square = fc
      .integer({ min: 1, max: 8 })
      .chain((n) =>
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n * n + n, maxLength: n * n + n }),
      )
      .map((numbers) => ({ numbers, n: Math.floor(Math.sqrt(numbers.length)) }));
    fc.assert(
      fc.property(square, ({ numbers, n }) => {
        const half = (row: number, column: number) => at(numbers, row * n + column);
        const all = Array.from({ length: n }, (_, index) => index);
        const matrix = all.flatMap((i) =>
          all.map((j) => all.reduce((total, k) => total + half(i, k) * half(j, k), i === j ? 1 : 0)),
        );
        const x = numbers.slice(n * n);
        const right = all.map((i) => all.reduce((total, j) => total + at(matrix, i * n + j) * at(x, j), 0));
        const found = solvePositiveDefinite(matrix, right);
        for (const [index, value] of x.entries()) expect(found?.[index]).toBeCloseTo(value, 6);
      }),
    );
  });

  test('without a solution there is none', () => {
    expect(solvePositiveDefinite([1, 2, 2, 1], [1, 1])).toBeUndefined();
    expect(solvePositiveDefinite([0], [1])).toBeUndefined();
    expect(solvePositiveDefinite([Number.NaN], [1])).toBeUndefined();
    expect(solvePositiveDefinite([], [])).toEqual([]);
  });
});

describe('learning', () => {
  test('a series that returns to its level is predicted nearly as well as its noise allows', () => {
    for (const keeps of [0, 0.3, 0.6]) {
      const error = errorOf(wandering(1, keeps));
      expect(error, `keeps ${keeps}`).toBeLessThan(1.1 * NOISE);
      // As it was a tick before.
      expect(error, `keeps ${keeps}`).toBeLessThan(NOISE * Math.sqrt(2 / (1 + keeps)));
    }
  });

  test('one that does not return is predicted as it last was', () => {
    expect(errorOf(wandering(2, 1))).toBeLessThan(1.1 * NOISE);
  });

  test('the same history always gives the same, and is left as it was', () => {
    const history = Object.freeze(wandering(5, 0.8).map((tick) => Object.freeze(tick)));
    expect(fitLearnt(history, [])).toEqual(fitLearnt(history, []));
  });

  test('the unit does not matter, nor the number of requests', () => {
    const history = wandering(6, 0.8, 1_200);
    const model = learntFrom(history);
    const larger = learntFrom(multiplied(history, 1_000));
    expect(larger.offset / model.offset).toBeCloseTo(1_000, 6);
    for (const [index, weight] of model.weights.entries()) expect(larger.weights[index]).toBeCloseTo(weight, 6);
    const busier = learntFrom(history.map(({ value, requests }) => ({ value: value * 70, requests: requests * 70 })));
    for (const [index, weight] of model.weights.entries()) expect(busier.weights[index]).toBeCloseTo(weight, 6);
    expect(busier.scale2).toBeCloseTo(model.scale2, 9);
  });

  test('an incident that is labelled is hardly learnt from', () => {
    const history = wandering(7, 0.5, 2_000);
    const wild = history.map((tick, index) =>
      index >= 900 && index < 1_000 ? { ...tick, value: tick.value * (index % 2 === 0 ? 9 : 1 / 9) } : tick,
    );
    const labels = wild.map((_, index) => (index >= 900 && index < 1_090 ? 1 : 0));
    const [calm, told] = [learntFrom(history), learntFrom(wild, labels)];
    expect(told.scale2 / calm.scale2).toBeCloseTo(1, 1);
    for (const [index, weight] of calm.weights.entries())
      expect(Math.abs(at(told.weights, index) - weight)).toBeLessThan(0.1);
  });

  test('of too little nothing is learnt', () => {
    const history = wandering(8, 0.5, 400);
    expect(fitLearnt(history.slice(0, 250), [])).toBeUndefined();
    expect(
      fitLearnt(
        history,
        history.map(() => 1),
      ),
    ).toBeUndefined();
    expect(
      fitLearnt(
        history.map(() => nothing),
        [],
      ),
    ).toBeUndefined();
    expect(fitLearnt([], [])).toBeUndefined();
    const model = learntFrom(history);
    expect(learntFilter(model, history.slice(0, 81))).toBeUndefined();
    expect(learntFilter(model, [])).toBeUndefined();
    const holed = (first: number) => history.slice(0, 180).map((tick, index) => (index < first ? nothing : tick));
    expect(learntFilter(model, holed(180))).toBeUndefined();
    expect(learntFilter(model, holed(100))?.start.recent.every(Number.isFinite)).toBe(true);
  });

  test('a metric that never changes can be learnt', () => {
    const filter = filterAfter(metricTicks(new Array<number>(600).fill(7)));
    const step = filter.step(filter.start, { value: 7, requests: 1 }, 1);
    expect(step.logDensity).toBeGreaterThan(0);
    expect(step.belief.scale2).toBeGreaterThan(0);
  });
});

describe('evidence', () => {
  test('the more harm, the more evidence; none of no harm', () => {
    const last = [1, 1.2, 1.5, 2, 3, 5].map((ratio) => evidenceAt(ratio).at(-1) ?? Number.NaN);
    expect(last).toEqual(last.toSorted((a, b) => a - b));
    expect(last[0]).toBeLessThan(0);
    expect(last[2]).toBeGreaterThan(Math.log(100));
  });

  test('tick after tick it is what it is over a whole placebo', () => {
    const series = wandering(3, 0.6);
    const history = series.slice(0, TRAINED);
    const options = { kind: 'gauge', memories: [ADAPTIVE_MEMORY], etas: [1], betas: GAUGE_BETAS } as const;
    let dose = startDose(history, { ...options, learnt: learntFrom(history) });
    const path = doseTicks(series.slice(TRAINED, TRAINED + EXPOSURE.length), EXPOSURE).map((tick) => {
      dose = dose?.next(tick);
      return dose?.reading.logEvidence;
    });
    expect(path).toEqual(evidenceAt(1));
    expect(dose?.fits).toEqual(startDose(history, options)?.fits);
  });

  test('under the right effect a metric is followed as it would be without', () => {
    const series = wandering(4, 0.6);
    const history = series.slice(0, TRAINED);
    const filter = filterAfter(history, { ...learntFrom(history), offset: 1e-12 });
    let [plain, harmed] = [filter.start, filter.start];
    for (const tick of series.slice(TRAINED, TRAINED + 100)) {
      const [without, under] = [
        filter.step(plain, tick, 1),
        filter.step(harmed, { ...tick, value: tick.value * 3 }, 3),
      ];
      expect(under.logDensity).toBeCloseTo(without.logDensity ?? Number.NaN, 6);
      [plain, harmed] = [without.belief, under.belief];
    }
  });

  test('a gap is over with the first tick that is told', () => {
    const filter = filterAfter(wandering(11, 0.6, 1_200));
    const gap = filter.step(filter.step(filter.start, nothing, 1).belief, nothing, 1).belief;
    expect(gap.missed).toBe(2);
    expect(filter.step(gap, { value: 20, requests: 1 }, 1).belief.missed).toBe(0);
  });

  test('a missing tick never raises it, and after a gap the next one says less', () => {
    const series = wandering(9, 0.6);
    const history = series.slice(0, TRAINED);
    const options = {
      ...({ kind: 'gauge', memories: [ADAPTIVE_MEMORY], etas: [1], betas: GAUGE_BETAS } as const),
      learnt: learntFrom(history),
    };
    const started = startDose(history, options);
    if (started === undefined) throw new Error('not started');
    const harmed = series.slice(TRAINED, TRAINED + 30).map((tick) => ({ ...tick, value: tick.value * 1.5 }));
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (told) => {
        let dose = started;
        for (const [tick, metric] of harmed.entries()) {
          const before = dose.reading.logEvidence;
          dose = dose.next({ ...(told[tick] ? metric : nothing), exposure: at(EXPOSURE, tick) });
          if (!told[tick]) expect(dose.reading.logEvidence).toBe(before);
        }
      }),
      { numRuns: 30 },
    );
    const gained = (missing: number) => {
      let dose = started;
      for (let tick = 0; tick < missing; tick++) dose = dose.next({ ...nothing, exposure: 0.5 });
      const [metric = nothing] = harmed;
      return dose.next({ ...metric, exposure: 0.5 }).reading.logEvidence;
    };
    expect(gained(6)).toBeLessThan(gained(0));
  });

  test('a period without requests says nothing, and holes in the history are no obstacle', () => {
    const history = wandering(10, 0.6, 1_500).map(({ value }, index) => ({
      value: index % 11 === 0 ? Number.NaN : value,
      requests: 400,
    }));
    const filter = filterAfter(history);
    const step = filter.step(filter.start, { value: 0, requests: 0 }, 1);
    expect(step.logDensity).toBeUndefined();
    const rows = ratioIncrements(filter, COUNT_BETAS, doseTicks([{ value: 0, requests: 0 }], [1]));
    expect(rows).toEqual([COUNT_BETAS.map(() => 0)]);
  });
});
