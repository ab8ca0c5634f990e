/** What must hold of every kernel for any numbers, beside the vectors. */
import './support/prepared.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ArmsTick, armsIncrements, armsPath, armsStep } from '../../../src/judges/stats/arms.ts';
import { calibrateEta, mixAlarms } from '../../../src/judges/stats/calibrate.ts';
import type { DoseKind } from '../../../src/judges/stats/components.ts';
import { fitCounts, fitGauge } from '../../../src/judges/stats/components.ts';
import { ARMS_RATIOS, DROP_BETAS, LOG_CAP } from '../../../src/judges/stats/defaults.ts';
import { betasOf, FALLBACK_MEMORIES, MIX_MEMORIES, runDose, startDose } from '../../../src/judges/stats/dose-mix.ts';
import { effectPosterior, rateRatio, rateRatioInterval } from '../../../src/judges/stats/effect.ts';
import { firstStakes, logEvidence, logEvidencePath } from '../../../src/judges/stats/evidence.ts';
import { linearExposure, tickAverageExposure } from '../../../src/judges/stats/exposure.ts';
import { type DoseFilter, metricTicks } from '../../../src/judges/stats/filter.ts';
import { type DoseTick, doseTicks, ratioIncrements } from '../../../src/judges/stats/likelihood-ratio.ts';
import { mannWhitney, plannedLooks } from '../../../src/judges/stats/mann-whitney.ts';
import { firstMixState, type Mix, mixStep, readMix } from '../../../src/judges/stats/mix.ts';
import { observedExposure } from '../../../src/judges/stats/observed-exposure.ts';
import { allowedAlarms, eligibleStarts } from '../../../src/judges/stats/placebo-starts.ts';
import { erfc, logGamma, normalQuantile } from '../../../src/judges/stats/special.ts';
import { baselineOf, calibrateThreshold, thresholdScores } from '../../../src/judges/stats/threshold-score.ts';
import { at, median } from '../../../src/judges/stats/ticks.ts';

const exposure = tickAverageExposure(linearExposure(20, 10, 10));
const count = fc.integer({ min: 0, max: 400 });
const missing = { arbitrary: fc.constant(Number.NaN), weight: 1 };
const kind = fc.constantFrom<DoseKind>('counts', 'gauge');

/** A metric around a level, before and during a deployment. */
const metric = fc.record({
  history: fc.array(count, { minLength: 40, maxLength: 60 }),
  during: fc.array(fc.oneof({ arbitrary: count, weight: 9 }, missing), { minLength: 30, maxLength: 30 }),
});
const runs = { numRuns: 60 };

const optionsOf = (of: DoseKind) => ({ kind: of, memories: MIX_MEMORIES, etas: [1, 1], betas: betasOf(of) });

function pathOf(of: DoseKind, history: readonly number[], during: readonly number[], requests?: number) {
  const perTick = (values: readonly number[]) => (requests === undefined ? undefined : values.map(() => requests));
  const ticks = doseTicks(metricTicks(during, perTick(during)), exposure);
  const run = runDose(metricTicks(history, perTick(history)), ticks, optionsOf(of));
  return (run?.readings ?? []).map(({ logEvidence }) => logEvidence);
}

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-9) {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs(at(actual, index) - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  }
}

describe('a dose judge', () => {
  test('says the same to the same numbers', () => {
    fc.assert(
      fc.property(kind, metric, (of, { history, during }) => {
        expect(pathOf(of, history, during)).toEqual(pathOf(of, history, during));
      }),
      runs,
    );
  });

  test('gains at most the cap in one tick', () => {
    fc.assert(
      fc.property(kind, metric, (of, { history, during }) => {
        const path = pathOf(of, history, during);
        for (const [tick, value] of path.entries()) {
          expect(value - (path[tick - 1] ?? 0)).toBeLessThanOrEqual(LOG_CAP + 1e-9);
        }
      }),
      runs,
    );
  });

  test('learns nothing from a missing tick', () => {
    fc.assert(
      fc.property(kind, metric, (of, { history, during }) => {
        const path = pathOf(of, history, during);
        for (const [tick, value] of path.entries()) {
          if (Number.isNaN(during[tick])) expect(value).toBe(path[tick - 1] ?? 0);
        }
      }),
      runs,
    );
  });

  test('learns nothing before anybody is exposed', () => {
    fc.assert(
      fc.property(kind, metric, (of, { history, during }) => {
        expect(pathOf(of, history, during).slice(0, 2)).toEqual([0, 0]);
      }),
      runs,
    );
  });

  test('does not care for the unit of a gauge', () => {
    fc.assert(
      fc.property(metric, fc.double({ min: 0.5, max: 1e6, noNaN: true }), ({ history, during }, unit) => {
        const level = [...history.slice(1), 100];
        const scaled = pathOf(
          'gauge',
          level.map((value) => value * unit),
          during.map((value) => value * unit),
        );
        fc.pre(median(level) > 1);
        near(scaled, pathOf('gauge', level, during), 1e-6);
      }),
      runs,
    );
  });

  test('does not care how many requests stand for one, only how they change', () => {
    fc.assert(
      fc.property(metric, fc.double({ min: 1, max: 1e4, noNaN: true }), ({ history, during }, times) => {
        near(pathOf('counts', history, during, 500 * times), pathOf('counts', history, during, 500), 1e-7);
      }),
      runs,
    );
  });

  test('sees no less harm in more events of the first exposed tick', () => {
    const more = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(metric, more, ({ history, during }, extra) => {
        fc.pre(!Number.isNaN(at(during, 2)));
        const worse = during.map((value, tick) => (tick === 2 ? value + extra : value));
        expect(at(pathOf('counts', history, worse), 2)).toBeGreaterThanOrEqual(
          at(pathOf('counts', history, during), 2) - 1e-9,
        );
      }),
      runs,
    );
  });

  test('has nothing to say without history, and takes a count below 0 for none', () => {
    expect(startDose(metricTicks([1, 2, 3]), optionsOf('counts'))).toBeUndefined();
    const history = Array.from({ length: 60 }, (_, tick) => 5 + (tick % 3));
    expect(pathOf('counts', history, [5, 5, -1])).toEqual(pathOf('counts', history, [5, 5, Number.NaN]));
  });

  test('finds a drop when that is what it looks for', () => {
    const history = Array.from({ length: 180 }, (_, tick) => 100 + (tick % 7));
    const ticks = doseTicks(
      metricTicks(exposure.map((share, tick) => (100 + (tick % 7)) * (1 - 0.7 * share))),
      exposure,
    );
    const run = runDose(metricTicks(history), ticks, { ...optionsOf('gauge'), betas: DROP_BETAS });
    expect(run?.stop).toBeLessThan(12);
    const { rateRatio: ratio, low, high } = run?.readings.at(-1)?.effect ?? { rateRatio: 1, low: 1, high: 1 };
    expect(low).toBeLessThanOrEqual(ratio);
    expect(high).toBeGreaterThanOrEqual(ratio);
    expect(ratio).toBeLessThan(0.6);
  });
});

describe('one tick after the other', () => {
  /** Followed from state to state, each copied in between as the plain data it is. */
  function followed<Belief>(filters: readonly DoseFilter<Belief>[], ticks: readonly DoseTick[], of: DoseKind) {
    const mix: Mix<Belief> = { components: filters.map((filter) => ({ filter, eta: 0.5 })), betas: betasOf(of) };
    let state = firstMixState(mix);
    return ticks.map((tick) => {
      const before = JSON.stringify(state);
      const next = mixStep(mix, state, tick, LOG_CAP);
      expect(JSON.stringify(state)).toBe(before);
      state = { ...next, components: structuredClone(next.components) };
      return readMix(state, mix.betas).parts;
    });
  }

  function inOneGo<Belief>(filters: readonly DoseFilter<Belief>[], ticks: readonly DoseTick[], of: DoseKind) {
    const paths = filters.map((filter) => logEvidencePath(ratioIncrements(filter, betasOf(of), ticks), 0.5));
    return ticks.map((_, tick) => paths.map((path) => at(path, tick)));
  }

  test('is the whole at once, and leaves the state before as it was', () => {
    fc.assert(
      fc.property(metric, ({ history, during }) => {
        const ticks = doseTicks(metricTicks(during), exposure);
        const counts = (fitCounts(metricTicks(history), MIX_MEMORIES) ?? []).map(({ filter }) => filter);
        const gauges = (fitGauge(metricTicks(history), MIX_MEMORIES) ?? []).map(({ filter }) => filter);
        expect(counts).toHaveLength(2);
        near(followed(counts, ticks, 'counts').flat(), inOneGo(counts, ticks, 'counts').flat(), 1e-12);
        near(followed(gauges, ticks, 'gauge').flat(), inOneGo(gauges, ticks, 'gauge').flat(), 1e-12);
      }),
      runs,
    );
  });

  test('a fallback of one component is that component', () => {
    const history = Array.from({ length: 60 }, (_, tick) => 5 + (tick % 3));
    const options = { ...optionsOf('counts'), memories: FALLBACK_MEMORIES };
    const dose = startDose(metricTicks(history), options)?.next({ value: 30, requests: 1, exposure: 0.5 });
    expect(dose?.fits).toHaveLength(1);
    expect(dose?.reading.parts).toEqual([dose?.reading.logEvidence]);
  });
});

describe('an effect', () => {
  const likelihoods = fc.array(fc.double({ min: -60, max: 60, noNaN: true }), { minLength: 8, maxLength: 8 });

  test('lies in its interval or beside it, and both on the grid', () => {
    fc.assert(
      fc.property(likelihoods, (totals) => {
        const posterior = effectPosterior(totals, betasOf('counts'));
        const { low, high } = rateRatioInterval(posterior);
        expect(low).toBeLessThanOrEqual(high);
        for (const ratio of [low, high, rateRatio(posterior)]) {
          expect(ratio).toBeGreaterThan(1.25 - 1e-9);
          expect(ratio).toBeLessThan(50 + 1e-9);
        }
        const wider = rateRatioInterval(posterior, 0.01);
        expect(wider.low).toBeLessThanOrEqual(low);
        expect(wider.high).toBeGreaterThanOrEqual(high);
      }),
    );
  });

  test('which is certain has an interval around it', () => {
    const certain = effectPosterior([0, 0, 0, 0, 900, 0, 0, 0], betasOf('counts'));
    expect(rateRatio(certain)).toBeCloseTo(5, 9);
    expect(rateRatioInterval(certain).low).toBeLessThan(5);
    expect(rateRatioInterval(certain).high).toBeGreaterThan(5);
  });
});

describe('arms', () => {
  const arm = fc.record({ events: count, trials: fc.integer({ min: 0, max: 4_000 }) });
  const ticks: fc.Arbitrary<readonly ArmsTick[]> = fc.array(fc.record({ fresh: arm, old: arm }), {
    minLength: 1,
    maxLength: 30,
  });
  const upside = { ratios: ARMS_RATIOS, phi: 1 };
  const downside = { ratios: ARMS_RATIOS.map((ratio) => 1 / ratio), phi: 1 };

  test('swapped, with the ratios upside down, say the same', () => {
    fc.assert(
      fc.property(ticks, (observed) => {
        const swapped = observed.map(({ fresh, old }) => ({ fresh: old, old: fresh }));
        near(armsPath(swapped, downside), armsPath(observed, upside), 1e-7);
      }),
    );
  });

  test('followed tick by tick are the whole at once, and their increments tell the effect', () => {
    fc.assert(
      fc.property(ticks, (observed) => {
        let stakes = firstStakes(ARMS_RATIOS.length);
        const path = observed.map((tick) => {
          stakes = armsStep(stakes, tick);
          return logEvidence(stakes);
        });
        near(path, armsPath(observed), 1e-12);
      }),
    );
    const threefold = { fresh: { events: 300, trials: 1_000 }, old: { events: 100, trials: 1_000 } };
    const posterior = effectPosterior(
      armsIncrements(threefold),
      ARMS_RATIOS.map((ratio) => ratio - 1),
    );
    expect(rateRatio(posterior)).toBeCloseTo(3, 1);
  });

  test('do not care for the order of ticks', () => {
    fc.assert(
      fc.property(ticks, (observed) => {
        near([at(armsPath(observed.toReversed()), observed.length - 1)], [at(armsPath(observed), observed.length - 1)]);
      }),
    );
  });

  test('see no less harm in more events of the new one', () => {
    fc.assert(
      fc.property(ticks, fc.nat({ max: 500 }), (observed, extra) => {
        const worse = observed.map(({ fresh, old }) => ({ fresh: { ...fresh, events: fresh.events + extra }, old }));
        const [bad, good] = [armsPath(worse), armsPath(observed)];
        for (const [tick, value] of good.entries()) expect(at(bad, tick)).toBeGreaterThanOrEqual(value - 1e-9);
      }),
    );
  });

  test('are not fooled by what multiplies both', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 2, max: 20 }), (events, times) => {
        const equal = { events: events * times, trials: 1_000 };
        expect(at(armsPath([{ fresh: equal, old: equal }]), 0)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('Mann-Whitney', () => {
  const sample = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 14 });

  test('counts every pair', () => {
    fc.assert(
      fc.property(sample, sample, (fresh, old) => {
        const pairs = fresh.flatMap((a) => old.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        expect(mannWhitney(fresh, old)?.u).toBe(pairs.reduce<number>((total, value) => total + value, 0));
      }),
    );
  });

  test('of swapped arms is its mirror', () => {
    fc.assert(
      fc.property(sample, sample, (fresh, old) => {
        const [one, other] = [mannWhitney(fresh, old, 'greater'), mannWhitney(old, fresh, 'less')];
        near([other?.p ?? -1, -(other?.shift ?? -1)], [one?.p ?? 1, one?.shift ?? 1]);
        near([other?.superiority ?? 0], [1 - (one?.superiority ?? 0)]);
      }),
    );
  });

  test('does not care for order, place or unit', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: -50, max: 50 }), (fresh, old, by) => {
        const moved = (values: readonly number[]) => values.toReversed().map((value) => 4 * (value + by));
        const [one, other] = [mannWhitney(fresh, old), mannWhitney(moved(fresh), moved(old))];
        expect(other?.p).toBe(one?.p);
        near([other?.shift ?? 0, other?.interval.low ?? 0], [4 * (one?.shift ?? 0), 4 * (one?.interval.low ?? 0)]);
      }),
    );
  });

  test('looks when it was planned', () => {
    expect(plannedLooks(30, 3)).toEqual([10, 20, 30]);
    expect(plannedLooks(2, 3)).toEqual([1, 2]);
    expect(plannedLooks(30, 1)).toEqual([30]);
  });
});

describe('a threshold', () => {
  const day = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 3, maxLength: 40 });
  const values = fc.array(fc.oneof({ arbitrary: count, weight: 5 }, missing), { minLength: 3, maxLength: 30 });

  test('does not care for unit or zero of a metric', () => {
    fc.assert(
      fc.property(day, values, fc.integer({ min: 2, max: 1_000 }), (before, during, unit) => {
        const [plain, scaled] = [baselineOf(before), baselineOf(before.map((value) => unit * value + 7))];
        fc.pre(plain !== undefined && scaled !== undefined && plain.sd > 0);
        const other = thresholdScores(
          during.map((value) => unit * value + 7),
          scaled,
        );
        near(other.filter(Number.isFinite), thresholdScores(during, plain).filter(Number.isFinite));
      }),
    );
  });

  test('calibrated lets no more placebos alarm than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 99, maxLength: 400 }), (scores) => {
        const bound = calibrateThreshold(scores, 0.02);
        expect(bound).toBeGreaterThanOrEqual(3);
        expect(scores.filter((score) => score >= bound).length).toBeLessThanOrEqual(allowedAlarms(scores.length, 0.02));
      }),
    );
  });
});

describe('a calibration', () => {
  const rows = fc.array(fc.array(fc.double({ min: -1, max: 4, noNaN: true }), { minLength: 2, maxLength: 2 }), {
    minLength: 5,
    maxLength: 5,
  });

  test('that is met lets no more placebos alarm than allowed, and a MIX of one component is that component', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 40 }), (placebos) => {
        const { eta, alarms, allowed, met } = calibrateEta(placebos, 0.1);
        expect(met).toBe(alarms <= allowed);
        expect(mixAlarms([placebos], [eta])).toBe(alarms);
      }),
    );
  });

  test('takes for placebos exactly the starts without an incident before or in them', () => {
    const labels = fc.array(
      fc.oneof({ arbitrary: fc.constant(0), weight: 12 }, { arbitrary: fc.constant(1), weight: 1 }),
      { minLength: 10, maxLength: 120 },
    );
    fc.assert(
      fc.property(labels, fc.nat({ max: 60 }), fc.nat({ max: 20 }), (marks, first, ticks) => {
        const span = { first, last: marks.length, ticks, cleanBefore: 7 };
        const starts = Array.from({ length: marks.length }, (_, start) => start).filter(
          (start) =>
            start >= first &&
            start < marks.length - ticks &&
            !marks.slice(Math.max(start - 7, 0), start + ticks).includes(1),
        );
        expect(eligibleStarts(marks, span)).toEqual(starts);
      }),
    );
  });
});

describe('observed exposure', () => {
  test('of steps at the starts of ticks is the nominal one, averaged over each tick', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 30 }), (percents) => {
        const steps = percents.map((percent, tick) => ({ at: 5_000 + tick * 60_000, share: percent / 100 }));
        const grid = { from: 5_000, period: 60_000, ticks: percents.length };
        const shares = steps.map(({ share }) => share);
        near(observedExposure(steps, grid, 60_000), tickAverageExposure(shares));
        near(observedExposure(steps, grid, 0), shares);
      }),
    );
  });

  test('of a step in the middle of a tick is shared out exactly', () => {
    const grid = { from: 0, period: 60_000, ticks: 3 };
    near(observedExposure([{ at: 30_000, share: 1 }], grid, 0), [0.5, 1, 1]);
    near(observedExposure([{ at: 30_000, share: 1 }], grid, 60_000), [0.125, 0.875, 1]);
  });

  test('falls after a rollback', () => {
    const steps = [
      { at: 0, share: 0.5 },
      { at: 120_000, share: 0 },
    ];
    near(observedExposure(steps, { from: 0, period: 60_000, ticks: 4 }, 60_000), [0.25, 0.5, 0.25, 0]);
  });
});

test('special functions keep their identities', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e7, noNaN: true }),
      fc.double({ min: -5, max: 5, noNaN: true }),
      (x, z) => {
        near([logGamma(x + 1)], [logGamma(x) + Math.log(x)], 1e-13);
        near([normalQuantile(0.5 * erfc(-z / Math.SQRT2))], [z], 1e-8);
      },
    ),
  );
});
