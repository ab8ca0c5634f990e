/**
 * The form of MIX chosen for each series by its power there: effects are put into placebos of the first half, and the form
 * that lets the least of that harm through is taken. The choice looks at nothing that is judged.
 */
import { ALPHA } from '../../src/judges/stats/defaults.ts';
import { bestForm, formStop, formsOf } from '../../src/judges/stats/forms.ts';
import type { Contender } from './contender.ts';
import { componentsOf, partsOf } from './dose.ts';
import { chanceOf } from './random.ts';
import { changed, laggedExposure, type Trial } from './trial.ts';

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

export const chosenByPower: Contender['learn'] = (placebos, ratios) => {
  const shown = harmed(placebos, ratios).map((trial) => ({ parts: partsOf(trial), exposure: trial.actual }));
  const form = bestForm(formsOf(componentsOf(placebos), { alpha: ALPHA }), shown);
  return (trial) => (form === undefined ? undefined : formStop(form, partsOf(trial)));
};
