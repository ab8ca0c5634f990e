/** The form of MIX that is chosen for a metric by its power: what it keeps to, and what the judge makes of it. */
import { beforeAll, expect, test } from 'vitest';
import { chanceOf, drawn } from '../../bench/rollback/random.ts';
import { dose } from '../../src/judges/dose.ts';
import { calibrateDose, type PlaceboPlaces } from '../../src/judges/reading/dose-calibration.ts';
import { type DoseSetup, doseOptions } from '../../src/judges/reading/dose-options.ts';
import { COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { MIX_MEMORIES } from '../../src/judges/stats/dose-mix.ts';
import { linearExposure, tickAverageExposure } from '../../src/judges/stats/exposure.ts';
import type { MetricTick } from '../../src/judges/stats/filter.ts';
import { bestForm, formStop, formsOf } from '../../src/judges/stats/forms.ts';
import { harmRatio } from '../../src/judges/stats/let-through.ts';
import { harmedPlacebos, placebosOf } from '../../src/judges/stats/placebo.ts';
import { spreadStarts } from '../../src/judges/stats/placebo-starts.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { mean } from '../../src/judges/stats/ticks.ts';
import { CALIBRATED, evidenceOf, seriesOf } from './support/traffic.ts';

beforeAll(prepareSpecial);

const EXPOSURE = tickAverageExposure(linearExposure(20, 10, 10));
const PLAN = { kind: 'counts', memories: MIX_MEMORIES, betas: COUNT_BETAS, exposure: EXPOSURE } as const;
const ALPHA = 0.01;

/** Errors whose level wanders, so that placebos are not all alike. */
function wandering(seed: number, length = 1_500): readonly MetricTick[] {
  const chance = chanceOf(seed);
  let level = 20;
  return Array.from({ length }, () => {
    level = Math.min(40, Math.max(8, level * Math.exp(0.06 * (chance.uniform() - 0.5))));
    return { value: chance.poisson(level), requests: 4_000 };
  });
}

const STARTS = spreadStarts(Array.from({ length: 1_500 - 180 - EXPOSURE.length }, (_, index) => index + 180));

test('every form stops no more of the placebos than it may, and the best one lets the least harm through', () => {
  for (const seed of [1, 2, 3]) {
    const metric = wandering(seed);
    const components = placebosOf(metric, STARTS, PLAN);
    const forms = formsOf(components, { alpha: ALPHA });
    expect(forms.map(({ name }) => name)).toEqual(['mix', 'mix-as-one', 'adaptive', 'anchored', 'adaptive-bound']);
    const placebos = STARTS.map((_, index) => components.map((rows) => rows[index] ?? []));
    const most = Math.floor(ALPHA * (placebos.length + 1)) - 1;
    for (const form of forms.filter(({ name, met }) => met && name !== 'mix')) {
      const stopped = placebos.filter((parts) => formStop(form, parts) !== undefined).length;
      expect(stopped, `${form.name}, seed ${seed}`).toBeLessThanOrEqual(most);
    }
    const harmed = [2, 5].flatMap((ratio) => harmedPlacebos(metric, drawn(STARTS, 40, chanceOf(seed)), PLAN, ratio));
    const harmOf = (form: (typeof forms)[number]) =>
      mean(harmed.map(({ parts, exposure }) => harmRatio(formStop(form, parts), exposure)));
    const best = bestForm(forms, harmed);
    expect(best && harmOf(best)).toBe(Math.min(...forms.filter(({ met }) => met).map(harmOf)));
    expect(best?.logNeeded).toBeGreaterThan(Math.log(5));
  }
});

test('without harm to choose by it is the form of the specification', () => {
  const forms = formsOf(placebosOf(wandering(4), STARTS, PLAN), { alpha: ALPHA });
  expect(bestForm(forms, [])?.name).toBe('mix');
});

const setupOf = (form: DoseSetup['form']) =>
  dose.options.parse({ kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests', form });

test('a calibration by power says what evidence it needs, and one as specified does not', () => {
  const metric = wandering(5);
  const grid = { from: 0, period: 60_000, history: metric.length, during: 0 };
  const places: PlaceboPlaces = { grid, metric, starts: STARTS, exposure: EXPOSURE };
  const [plain, chosen] = (['mix', 'by-power'] as const).map((form) =>
    calibrateDose(setupOf(form), places, { alpha: ALPHA }, 0),
  );
  expect(plain).toMatchObject({ kind: 'calibrated', met: true });
  expect(plain).not.toHaveProperty('logNeeded');
  expect(chosen).toMatchObject({ kind: 'calibrated', met: true, logNeeded: expect.any(Number) });
  expect(calibrateDose(setupOf('by-power'), places, { alpha: ALPHA }, 0)).toEqual(chosen);
  if (chosen?.kind !== 'calibrated') throw new Error('not calibrated');
  expect(chosen.falseStops).toBeLessThanOrEqual(Math.floor(ALPHA * (chosen.placebos + 1)) - 1);
  expect(doseOptions.form.parse(undefined)).toBe('mix');
});

test('the judge stops at the evidence that its calibration needs, and says it', () => {
  const judge = dose.create(setupOf('by-power'), 1);
  const at = (logNeeded: number) =>
    judge.judge(
      evidenceOf(seriesOf({ seed: 2, ratio: 3 }, 9), 9, { calibration: { ...CALIBRATED, etas: [0.5, 0], logNeeded } }),
    );
  const [easy, hard] = [at(Math.log(12)), at(Math.log(1e9))];
  expect(easy).toMatchObject({ kind: 'breached', because: expect.stringMatching(/ against 12 needed; /) });
  expect(hard).toMatchObject({ kind: 'healthy', because: expect.stringMatching(/ against over a million needed; /) });
});
