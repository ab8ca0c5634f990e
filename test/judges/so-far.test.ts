/** A judge that follows a deployment reads only what is new, and comes to what it would come to by reading everything. */
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Evidence, Judge } from '../../src/core/seams.ts';
import type { Series } from '../../src/core/series.ts';
import { dose } from '../../src/judges/dose.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { thresholdOrDose } from '../../src/judges/threshold-or-dose/index.ts';
import { changedFrom, firstChanges, noted } from '../../src/lib/changes.ts';
import { columnOf, EMPTY, replaced } from '../../src/lib/column.ts';
import { ColumnSeries } from '../../src/lib/column-series.ts';
import { CALIBRATED, evidenceOf, MINUTE, START } from './support/traffic.ts';

beforeAll(prepareSpecial);
afterEach(() => vi.restoreAllMocks());

const BEFORE = 200;
const COUNTS = { metric: 'counts', events: 'errors', requests: 'requests' };
const makers: Readonly<Record<string, (change?: object) => Judge>> = {
  dose: (change = {}) => dose.create(dose.options().parse({ kind: 'dose', ...COUNTS, ...change }), 1),
  'dose, learnt': (change = {}) =>
    dose.create(dose.options().parse({ kind: 'dose', ...COUNTS, form: 'by-power', ...change }), 1),
  'threshold-or-dose': (change = {}) =>
    thresholdOrDose.create(thresholdOrDose.options().parse({ kind: 'threshold-or-dose', ...COUNTS, ...change }), 1),
};

const weights = [-0.1, 0.05, 0.1, 0.02, 0.03, 0.1, 0.1, 0.05, 0.05, 0.1, 0.1, 0.1];
const LEARNT = {
  ...{ ...CALIBRATED, etas: [0, 0, 0.5], logNeeded: 3 },
  form: { kind: 'rising', rise: 0.1, learnt: { weights, offset: 0.0001, scale2: 0.2 } },
};
/** What is calibrated is another thing for some. */
const given: Readonly<Record<string, Partial<Evidence>>> = { 'dose, learnt': { calibration: LEARNT } };

/** A store that is asked stretch by stretch; `undefined` is a period without a datapoint. */
function store() {
  let changes = firstChanges();
  let [errors, requests] = [EMPTY, EMPTY];
  return {
    answer(first: number, values: readonly (number | undefined)[]) {
      const span = { from: START + first * MINUTE, to: START + (first + values.length) * MINUTE };
      const told = values.flatMap((value, index) =>
        value === undefined ? [] : [[span.from + index * MINUTE, value] as const],
      );
      const asked = values.map((_, index) => [span.from + index * MINUTE, 2_000] as const);
      const [freshErrors, freshRequests] = [columnOf(told), columnOf(asked)];
      const from = Math.min(changedFrom(errors, span, freshErrors), changedFrom(requests, span, freshRequests));
      changes = noted(changes, from);
      errors = replaced(errors, span, freshErrors);
      requests = replaced(requests, span, freshRequests);
    },
    series(minutes: number): Series {
      const named = [{ name: 'errors' }, { name: 'requests' }];
      const inputs = [errors, requests];
      const held = { query: 'q', period: MINUTE, growing: false, points: errors, inputs, named, changes };
      const to = START + minutes * MINUTE;
      return new ColumnSeries(held, { from: START - BEFORE * MINUTE, to }, to);
    },
  };
}

const value = fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 8 });
/** Minutes that pass, and a stretch that is answered then, so many minutes before now. */
const looks = fc.array(
  fc.record({
    passed: fc.integer({ min: 0, max: 3 }),
    back: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.integer({ min: 1, max: 60 })),
    values: fc.array(value, { minLength: 3, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test.for(Object.keys(makers))(
  '%s: whatever is answered late, revised or missing, following it is judging it anew',
  (kind) => {
    const make = makers[kind] ?? expect.unreachable();
    fc.assert(
      fc.property(
        fc.array(value, { minLength: BEFORE, maxLength: BEFORE }),
        looks,
        fc.boolean(),
        (past, all, sparse) => {
          const held = store();
          held.answer(-BEFORE, past);
          const walked = make({ sparse });
          let minutes = 1;
          for (const { passed, back, values } of all) {
            minutes += passed;
            held.answer(minutes - back, values.slice(0, back));
            const evidence = evidenceOf(held.series(minutes), minutes, given[kind]);
            const [told, anew] = [walked.judge(evidence), make({ sparse }).judge(evidence)];
            expect(told).toEqual(anew);
            expect(JSON.stringify(told)).toBe(JSON.stringify(anew));
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);

test.for(Object.keys(makers))('%s: one more tick reads one more tick', (kind) => {
  const judge = makers[kind]?.() ?? expect.unreachable();
  const held = store();
  const past = Array.from({ length: BEFORE }, (_, minute) => minute % 13);
  held.answer(-BEFORE, past);
  const all = vi.spyOn(ColumnSeries.prototype, 'points', 'get');
  const tail = vi.spyOn(ColumnSeries.prototype, 'tail');
  for (let minutes = 1; minutes <= 40; minutes++) {
    held.answer(minutes - 1, [minutes % 13]);
    judge.judge(evidenceOf(held.series(minutes), minutes, given[kind]));
    if (minutes > 1) expect(tail.mock.results.at(-1)?.value.points).toHaveLength(1);
    if (minutes === 1) tail.mockClear();
  }
  expect(all).toHaveBeenCalledTimes(1);
  expect(tail).toHaveBeenCalledTimes(39);
});
