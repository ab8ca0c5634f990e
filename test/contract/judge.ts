/** What every judge must keep to: pure, total, and never sure of what it was not shown. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Evidence, Judge } from '../../src/core/seams.ts';
import type { Point, Series } from '../../src/core/series.ts';
import { deploymentAt } from '../support/deployment.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

const anyNumber = fc.oneof(
  fc.double({ noNaN: false, noDefaultInfinity: false }),
  fc.integer({ min: -10, max: 10 }),
  fc.constant(undefined),
);

function seriesFrom(
  values: readonly (number | undefined)[],
  before: number,
  unsettled: number,
  growing: boolean,
): Series {
  const from = START - before * MINUTE;
  const settled = values.length - unsettled;
  const points: Point[] = values.flatMap((value, index) =>
    value === undefined ? [] : [{ at: from + index * MINUTE, value, settled: index < settled }],
  );
  const settledUntil = from + settled * MINUTE;
  return { query: 'any', from, period: MINUTE, points, growing, settledUntil, inputs: { one: points } };
}

const anySeries = fc
  .tuple(fc.array(anyNumber, { maxLength: 40 }), fc.nat({ max: 15 }), fc.nat({ max: 4 }), fc.boolean())
  .map(([values, before, unsettled, growing]) =>
    seriesFrom(values, before, Math.min(unsettled, values.length), growing),
  );

const anyEvidence = (windows: number): fc.Arbitrary<Evidence> =>
  fc.record({
    deployment: fc.constant(deploymentAt(START)),
    now: fc.integer({ min: START, max: START + 60 * MINUTE }),
    series: fc.array(anySeries, { minLength: windows, maxLength: windows }),
    noData: fc.constantFrom('healthy', 'breached', 'inconclusive'),
    preExisting: fc.constantFrom('ignore', 'stop'),
    settle: fc.constantFrom(0, 120_000),
  });

/** `make` gives a fresh judge each time: two of them must agree. */
export function judgeContract(kind: string, make: () => Judge): void {
  describe(`judge ${kind}`, () => {
    beforeAll(() => make().prepare?.());

    const windows = () => make().windows(deploymentAt(START), START + 10 * MINUTE, MINUTE);

    test('its windows are stretches of time, the same each time', () => {
      expect(windows().length).toBeGreaterThan(0);
      for (const { from, to } of windows()) {
        expect(Number.isFinite(from) && Number.isFinite(to)).toBe(true);
        expect(from).toBeLessThanOrEqual(to);
      }
      expect(make().windows(frozen(deploymentAt(START)), START + 10 * MINUTE, MINUTE)).toEqual(windows());
    });

    test('whatever it is shown: no exception, no change to it, the same verdict twice, a reason, plain JSON', () => {
      fc.assert(
        fc.property(anyEvidence(windows().length), (evidence) => {
          const judge = make();
          const verdict = judge.judge(frozen(evidence));
          expect(['healthy', 'breached', 'inconclusive']).toContain(verdict.kind);
          expect(verdict.because.length).toBeGreaterThan(0);
          expect(judge.judge(evidence)).toEqual(verdict);
          expect(make().judge(evidence)).toEqual(verdict);
          expect(verdict.because).not.toMatch(/undefined|\[object/);
          JSON.stringify(verdict);
        }),
      );
    });

    test.each(['healthy', 'breached', 'inconclusive'] as const)(
      'nothing at all counts as %s when told so',
      (noData) => {
        const empty = seriesFrom(
          Array.from({ length: 30 }, () => undefined),
          10,
          0,
          false,
        );
        const evidence = {
          deployment: deploymentAt(START),
          now: START + 20 * MINUTE,
          noData,
          preExisting: 'stop',
          settle: 0,
        } as const;
        expect(make().judge({ ...evidence, series: windows().map(() => empty) }).kind).toBe(noData);
      },
    );

    test('series of no length prove nothing', () => {
      const none = seriesFrom([], 0, 0, false);
      const evidence = {
        deployment: deploymentAt(START),
        now: START,
        noData: 'inconclusive',
        preExisting: 'ignore',
        settle: 0,
      } as const;
      expect(make().judge({ ...evidence, series: windows().map(() => none) }).kind).toBe('inconclusive');
    });
  });
}
