/**
 * The form of MIX chosen for each series by its power there: effects are put into placebos of the first half, and the form
 * that lets the least of that harm through is taken. The choice looks at nothing that is judged.
 */
import type { Increments } from '../../src/judges/stats/calibrate.ts';
import { ALPHA, HISTORY_TICKS } from '../../src/judges/stats/defaults.ts';
import { betasOf } from '../../src/judges/stats/dose-mix.ts';
import { bestForm, formStop, formsOf } from '../../src/judges/stats/forms.ts';
import { type LearntModel, learntFilter } from '../../src/judges/stats/learnt-filter.ts';
import { fitLearnt } from '../../src/judges/stats/learnt-fit.ts';
import { doseTicks, ratioIncrements } from '../../src/judges/stats/likelihood-ratio.ts';
import type { Contender } from './contender.ts';
import { partsOf } from './dose.ts';
import { chanceOf } from './random.ts';
import { type BenchSeries, before, changed, EXPOSURE, laggedExposure, type Trial } from './trial.ts';

/** One placebo in so many is given each effect. */
const EVERY = 4;
const SEED = 77;

/** Placebos with an effect put into them. */
function harmed(placebos: readonly Trial[], ratios: readonly number[]): readonly Trial[] {
  const chance = chanceOf(SEED);
  const some = placebos.filter((_, index) => index % EVERY === 0);
  return ratios.flatMap((rateRatio) =>
    some.map((placebo): Trial => {
      const actual = laggedExposure(chance.uniform());
      const effect = (tick: number) => (rateRatio - 1) * (actual[tick] ?? 0);
      const isCounts = placebo.series.kind === 'counts';
      const change = (value: number, tick: number) =>
        isCounts ? value + chance.poisson(value * effect(tick)) : value * (1 + effect(tick));
      return { ...changed(placebo, change), actual, rateRatio };
    }),
  );
}

/** Learnt from the first half of a series, as everything that is calibrated. */
const models = new WeakMap<BenchSeries, LearntModel | 'none'>();

function modelOf(series: BenchSeries): LearntModel | undefined {
  const known = models.get(series);
  const model =
    known ?? fitLearnt(series.metric.slice(0, Math.floor(series.metric.length / 2)), series.labels) ?? 'none';
  models.set(series, model);
  return model === 'none' ? undefined : model;
}

/** Increments of the two components of MIX, and of the learnt one where there is one. */
function allPartsOf(trial: Trial): readonly Increments[] {
  const model = modelOf(trial.series);
  const filter = model && learntFilter(model, before(trial, HISTORY_TICKS));
  const ticks = doseTicks(trial.during, EXPOSURE);
  const learnt = filter === undefined ? [] : [ratioIncrements(filter, betasOf(trial.series.kind), ticks)];
  return [...partsOf(trial), ...learnt];
}

export const chosenByPower: Contender['learn'] = (placebos, ratios) => {
  const shown = harmed(placebos, ratios).map((trial) => ({ parts: allPartsOf(trial), exposure: trial.actual }));
  const parts = placebos.map(allPartsOf);
  const components = (parts[0] ?? []).map((_, component) => parts.map((one) => one[component] ?? []));
  const form = bestForm(formsOf(components, { alpha: ALPHA }), shown);
  return (trial) => (form === undefined ? undefined : formStop(form, allPartsOf(trial)));
};
