/** What others do, under the same placements: AppConfig's own alarm, a fixed ratio, CUSUM, ranks at every tick, Poisson. */

import { COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { firstStakes, logEvidence, stake } from '../../src/judges/stats/evidence.ts';
import { rankStatistic } from '../../src/judges/stats/rank-statistic.ts';
import { hodgesLehmannShift } from '../../src/judges/stats/shift.ts';
import { normalQuantile } from '../../src/judges/stats/special.ts';
import { baselineOf, thresholdScores } from '../../src/judges/stats/threshold-score.ts';
import { at, finiteOf, mean, sum } from '../../src/judges/stats/ticks.ts';
import { remembered, type Scores } from './contender.ts';
import { before, EXPOSURE, previousDay, type Trial, valuesOf } from './trial.ts';

const HOUR = 60;
const HISTORY = 180;

/** The alarm AppConfig knows: 3 of 3 ticks so many sd above the mean of the day before. */
export function thresholdOf(trial: Trial, direction: 1 | -1 = 1): readonly number[] {
  const baseline = baselineOf(previousDay(trial));
  const outOf = { needed: 3, window: 3 };
  return baseline === undefined ? [] : thresholdScores(valuesOf(trial.during), baseline, outOf, direction);
}

/** Mean of the last 5 ticks over the mean of the hour before the deployment. */
export const ratioOf: Scores = (trial) => {
  const old = Math.max(mean(finiteOf(valuesOf(before(trial, HOUR)))), 1e-9);
  const values = valuesOf(trial.during);
  return values.map((_, tick) => {
    const recent = finiteOf(values.slice(Math.max(0, tick - 4), tick + 1));
    return tick < 4 || recent.length === 0 ? Number.NEGATIVE_INFINITY : mean(recent) / old;
  });
};

/** Page's cumulative sum of what exceeds half a standard deviation above the mean of the last 180 ticks. */
export const cusumOf: Scores = (trial) => {
  const baseline = baselineOf(valuesOf(before(trial, HISTORY)));
  let total = 0;
  return valuesOf(trial.during).map((value) => {
    if (baseline !== undefined && Number.isFinite(value)) {
      total = Math.max(0, total + (value - baseline.mean) / Math.max(baseline.sd, 1e-12) - 0.5);
    }
    return total;
  });
};

const KAYENTA = { tolerance: 0.25, fewest: 5 };

/** What Kayenta's 98 % interval asks of the standardised U. */
export const KAYENTA_Z = normalQuantile(0.99);

/**
 * Kayenta's form of Mann-Whitney at every tick, before against after: its interval's lower end is above a quarter of the
 * shift exactly when the standardised U at that shift is above the normal quantile; this is that U, when it may be.
 */
export const rankOf: Scores = remembered((trial) => {
  const old = finiteOf(valuesOf(before(trial, HOUR)));
  const values = valuesOf(trial.during);
  const standardised = (fresh: readonly number[], by: number) => {
    const { u, sd } = rankStatistic(fresh, old, by);
    const centred = u - (fresh.length * old.length) / 2;
    return sd > 0 ? (centred - 0.5 * Math.sign(centred)) / sd : 0;
  };
  return values.map((_, tick) => {
    const fresh = finiteOf(values.slice(0, tick + 1));
    if (Math.min(fresh.length, old.length) < KAYENTA.fewest) return Number.NEGATIVE_INFINITY;
    const plain = standardised(fresh, 0);
    if (plain <= KAYENTA_Z || mean(fresh) < mean(old)) return Number.NEGATIVE_INFINITY;
    return standardised(fresh, KAYENTA.tolerance * Math.abs(hodgesLehmannShift(fresh, old)));
  });
});

/** Events, requests and overdispersion of the last 180 ticks: a base that the test never questions. */
function fixedBase(trial: Trial): { readonly rate: number; readonly phi: number } {
  const history = before(trial, HISTORY).filter(({ value }) => Number.isFinite(value));
  const rate = Math.max(sum(valuesOf(history)), 0.5) / Math.max(sum(history.map(({ requests }) => requests)), 1e-9);
  const dispersion = history.map(
    ({ value, requests }) => (value - rate * requests) ** 2 / Math.max(rate * requests, 1e-9),
  );
  return { rate, phi: Math.max(1, mean(dispersion)) };
}

/** Mixture of Poisson likelihood ratios, each of a dose, against a fixed base rate. */
export const poissonOf: Scores = (trial) => {
  const { rate, phi } = fixedBase(trial);
  let stakes = firstStakes(COUNT_BETAS.length);
  return trial.during.map(({ value, requests }, tick) => {
    const increments = COUNT_BETAS.map((beta) => {
      const effect = beta * at(EXPOSURE, tick);
      return Number.isFinite(value) ? (value * Math.log1p(effect) - rate * requests * effect) / phi : 0;
    });
    stakes = stake(stakes, increments, 1, Number.POSITIVE_INFINITY);
    return logEvidence(stakes);
  });
};

/** The limit: the likelihood ratio that knows what was expected of each tick and what the effect is. */
export const oracleOf: Scores = (trial) => {
  let total = 0;
  return trial.during.map(({ value }, tick) => {
    const effect = (trial.rateRatio - 1) * at(trial.actual, tick);
    const expected = at(trial.series.expected ?? [], trial.start + tick);
    if (Number.isFinite(value)) total += value * Math.log1p(effect) - expected * effect;
    return total;
  });
};
