/** The form of MIX that is chosen for a metric by its power: what it keeps to, and what the judge makes of it. */
import { beforeAll, expect, test } from 'vitest';
import { chanceOf, drawn } from '../../bench/rollback/random.ts';
import type { Calibration } from '../../src/core/calibration.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { calibration as calibrationSchema } from '../../src/journal/parts-schema.ts';
import { dose } from '../../src/judges/dose.ts';
import { calibrateDose, type PlaceboPlaces } from '../../src/judges/reading/dose-calibration.ts';
import { type DoseSetup, doseOptions } from '../../src/judges/reading/dose-options.ts';
import { COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { MIX_MEMORIES } from '../../src/judges/stats/dose-mix.ts';
import { linearExposure, tickAverageExposure } from '../../src/judges/stats/exposure.ts';
import type { MetricTick } from '../../src/judges/stats/filter.ts';
import { LEAST_EVIDENCE, neededAt } from '../../src/judges/stats/form.ts';
import { bestForm, formStop, formsOf } from '../../src/judges/stats/forms.ts';
import { fitLearnt } from '../../src/judges/stats/learnt-fit.ts';
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
    const plan = { ...PLAN, learnt: fitLearnt(metric, []) };
    const components = placebosOf(metric, STARTS, plan);
    const forms = formsOf(components, { alpha: ALPHA });
    const names = ['mix', 'mix-as-one', 'adaptive', 'anchored', 'adaptive-bound'];
    expect(forms.slice(0, 5).map(({ name }) => name)).toEqual(names);
    expect(new Set(forms.slice(5).map(({ name }) => name))).toEqual(new Set(['adaptive-rising', 'learnt-rising']));
    const placebos = STARTS.map((_, index) => components.map((rows) => rows[index] ?? []));
    const most = Math.floor(ALPHA * (placebos.length + 1)) - 1;
    for (const form of forms.filter(({ name, met }) => met && name !== 'mix')) {
      const stopped = placebos.filter((parts) => formStop(form, parts) !== undefined).length;
      expect(stopped, `${form.name}, seed ${seed}`).toBeLessThanOrEqual(most);
      // No more is asked for than has to be.
      if (form.rise !== undefined && form.logNeeded > LEAST_EVIDENCE) expect(stopped).toBe(most);
    }
    const harmed = [2, 5].flatMap((ratio) => harmedPlacebos(metric, drawn(STARTS, 40, chanceOf(seed)), plan, ratio));
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
  dose.options().parse({ kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests', form });

test('a calibration by power says what evidence it needs, and one as specified does not', () => {
  const metric = wandering(5);
  const grid = { from: 0, period: 60_000, history: metric.length, during: 0 };
  const places: PlaceboPlaces = { grid, metric, labels: metric.map(() => 0), starts: STARTS, exposure: EXPOSURE };
  const [plain, chosen] = (['mix', 'by-power'] as const).map((form) =>
    calibrateDose(setupOf(form), places, { alpha: ALPHA }, 0),
  );
  expect(plain).toMatchObject({ kind: 'calibrated', met: true });
  expect(plain).not.toHaveProperty('logNeeded');
  expect(chosen).toMatchObject({ kind: 'calibrated', met: true, logNeeded: expect.any(Number) });
  expect(calibrateDose(setupOf('by-power'), places, { alpha: ALPHA }, 0)).toEqual(chosen);
  if (chosen?.kind !== 'calibrated') throw new Error('not calibrated');
  expect(chosen.falseStops).toBeLessThanOrEqual(Math.floor(ALPHA * (chosen.placebos + 1)) - 1);
  expect(doseOptions().form.parse(undefined)).toBe('mix');
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

test('a bound that rises holds on placebos it was not calibrated on, and rises', () => {
  const metric = wandering(6, 3_000);
  const [early, late] = [metric.slice(0, 1_500), metric.slice(1_500)];
  const plan = { ...PLAN, learnt: fitLearnt(early, []) };
  const components = placebosOf(early, STARTS, plan);
  const fresh = placebosOf(late, STARTS, plan);
  const forms = formsOf(components, { alpha: ALPHA }).filter(({ rise }) => rise !== undefined);
  expect(forms).toHaveLength(24);
  for (const form of forms) {
    expect(form.logNeeded).toBeGreaterThanOrEqual(LEAST_EVIDENCE);
    const eta = form.etas.at(form.alone ?? -1) ?? Number.NaN;
    expect(form.etas).toEqual(form.name === 'learnt-rising' ? [0, 0, eta] : [eta, 0]);
    expect(neededAt(form, 10) - neededAt(form, 0)).toBeCloseTo(10 * (form.rise ?? 0), 9);
    const placebos = STARTS.map((_, index) => fresh.map((rows) => rows[index] ?? []));
    const stopped = placebos.filter((parts) => formStop(form, parts) !== undefined).length;
    expect(stopped / placebos.length, `${form.name}, ${form.etas.join()}, ${form.rise}`).toBeLessThan(0.04);
  }
  expect(new Set(forms.map(({ rise }) => rise)).size).toBe(4);
});

/** Calibrated with the learnt component alone, and read back from a journal. */
function calibratedOn(metric: readonly MetricTick[]): Calibration {
  const learnt = fitLearnt(metric, []);
  if (learnt === undefined) throw new Error('nothing was learnt');
  const calibration = {
    ...CALIBRATED,
    etas: [0, 0, 1],
    logNeeded: Math.log(20),
    form: { kind: 'rising', rise: 0.1, learnt },
  };
  return calibrationSchema().parse(JSON.parse(JSON.stringify(calibration)));
}

/** Errors as the made-up service of these tests has them. */
function past(): readonly MetricTick[] {
  const chance = chanceOf(8);
  return Array.from({ length: 1_500 }, () => ({ value: chance.poisson(10), requests: 2_000 }));
}

test('the judge follows the learnt component against a bound that rises, and says what is needed by now', () => {
  const calibration = calibratedOn(past());
  const judge = dose.create(setupOf('by-power'), 1);
  const asked = (minute: number, ratio: number) =>
    judge.judge(evidenceOf(seriesOf({ seed: 2, ratio }, minute), minute, { calibration }));
  expect(asked(9, 1)).toMatchObject({ kind: 'healthy', because: expect.stringMatching(/ against 45 needed by now; /) });
  expect(asked(19, 1)).toMatchObject({ because: expect.stringMatching(/ against 121 needed by now; /) });
  const harmed = Array.from({ length: 20 }, (_, minute) => asked(minute + 1, 5));
  const stop = harmed.find(({ kind }) => kind === 'breached');
  expect(stop).toMatchObject({
    evidence: {
      logNeeded: expect.any(Number),
      calibration: { etas: [0, 0, 1], form: { kind: 'rising', rise: 0.1, component: 'learnt' } },
    },
  });
  // A new life that reads the calibration from the journal says the same.
  const again = dose.create(setupOf('by-power'), 1);
  const read = calibrationSchema().parse(JSON.parse(JSON.stringify(calibration)));
  const last = evidenceOf(seriesOf({ seed: 2, ratio: 5 }, 20), 20, { calibration: read });
  expect(again.judge(last)).toEqual(harmed.at(-1));
});

test('where a memory cannot follow, what was learnt is chosen, and kept with the calibration', () => {
  const chance = chanceOf(9);
  const metric = Array.from({ length: 1_500 }, (_, minute) => {
    const cycle = 0.6 * Math.sin((2 * Math.PI * minute) / 10) + 0.4 * (chance.uniform() - 0.5);
    return { value: chance.poisson(400 * Math.exp(cycle)), requests: 40_000 };
  });
  const grid = { from: 0, period: 60_000, history: metric.length, during: 0 };
  const places = { grid, metric, labels: metric.map(() => 0), starts: STARTS, exposure: EXPOSURE };
  const found = calibrateDose(setupOf('by-power'), places, { alpha: ALPHA }, 0);
  const learnt = fitLearnt(metric, []);
  expect(found).toMatchObject({ etas: [0, 0, expect.any(Number)], form: { kind: 'rising', learnt } });
  expect(calibrationSchema().parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
});

test('without a model the bound is that of the adaptive component', () => {
  const calibration = { ...CALIBRATED, etas: [1, 0], logNeeded: Math.log(20), form: { kind: 'rising', rise: 0 } };
  const judge = dose.create(setupOf('by-power'), 1);
  const verdict = judge.judge(evidenceOf(seriesOf({ seed: 2, ratio: 6 }, 12), 12, { calibration }));
  expect(verdict).toMatchObject({ kind: 'breached', because: expect.stringMatching(/ against 20 needed; /) });
  expect(verdict).toMatchObject({ evidence: { calibration: { form: { component: 'adaptive' } } } });
});

test('a form of a later version only advises, and is measured anew', () => {
  const later = { ...CALIBRATED, etas: [0.2, 0.2], logNeeded: 0.1, form: { kind: 'spectral', depth: 3 } };
  const calibration = calibrationSchema().parse(JSON.parse(JSON.stringify(later)));
  const judge = dose.create(setupOf('by-power'), 1);
  const evidence = evidenceOf(seriesOf({ seed: 2, ratio: 6 }, 12), 12, { calibration });
  const { calibration: _, ...uncalibrated } = evidence;
  const logEvidenceOf = (verdict: Verdict) => ('evidence' in verdict ? verdict.evidence?.logEvidence : undefined);
  expect(logEvidenceOf(judge.judge(evidence))).toBe(logEvidenceOf(judge.judge(uncalibrated)));
  expect(judge.judge(evidence)).toMatchObject({
    kind: 'inconclusive',
    because: expect.stringMatching(
      / against 100 needed; .* by a later version, in a form \(spectral\) .* only advises$/,
    ),
    evidence: { calibration: { form: { kind: 'spectral' } } },
  });
  expect(judge.calibration?.outdated?.(calibration, evidence)).toMatch(/later version/);
  expect(judge.calibration?.outdated?.(CALIBRATED, evidence)).toBeUndefined();
  expect(() => calibrationSchema().parse({ ...CALIBRATED, form: { kind: 'rising' } })).toThrow();
});

test('without a request before the deployment there is no rate to go on from, and that is said', () => {
  const judge = dose.create(setupOf('by-power'), 1);
  const busy = evidenceOf(seriesOf({ seed: 2, ratio: 1 }, 12), 12, { calibration: calibratedOn(past()) });
  const quiet = busy.series.map((series) => ({
    ...series,
    inputs: Object.fromEntries(
      Object.entries(series.inputs).map(([name, points]) => [
        name,
        points.map((point) => (point.at < busy.deployment.startedAt ? { ...point, value: 0 } : point)),
      ]),
    ),
  }));
  expect(judge.judge({ ...busy, series: quiet })).toEqual({
    kind: 'inconclusive',
    because: expect.stringMatching(/ has no request in the periods before the deployment, so that nobody knows/),
  });
});
