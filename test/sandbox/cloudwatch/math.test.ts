/** Metric math: tables of what CloudWatch documents, and laws that hold for all series. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/sandbox/cloudwatch/math/evaluate.ts';
import { MathError } from '../../../src/sandbox/cloudwatch/math/math-error.ts';
import { parseMath } from '../../../src/sandbox/cloudwatch/math/parse.ts';
import { type MathContext, single, type Value } from '../../../src/sandbox/cloudwatch/math/value.ts';
import type { TimeSeries } from '../../../src/sandbox/cloudwatch/metrics/series.ts';

const MINUTE = 60_000;
type Row = readonly (number | undefined)[];

function series(label: string, row: Row): TimeSeries {
  const known = row.flatMap((value, index) => (value === undefined ? [] : [{ at: index * MINUTE, value }]));
  return { label, period: MINUTE, at: known.map(({ at }) => at), values: known.map(({ value }) => value) };
}

/** Evaluates over rows of one length; a hole is `undefined`. */
function compute(expression: string, rows: Readonly<Record<string, Row>>): Row | number | readonly Row[] {
  const length = Math.max(1, ...Object.values(rows).map((row) => row.length));
  const all = new Map(Object.entries(rows).map(([id, row]) => [id, series(id, row)]));
  const context: MathContext = {
    window: { from: 0, to: length * MINUTE },
    now: length * MINUTE,
    period: MINUTE,
    valueFor: (id) => {
      const found = all.get(id);
      return found && single(found);
    },
    metrics: (part = '') => [...all].filter(([id]) => id.includes(part)).map(([, found]) => found),
    historyOf: (id) => all.get(id),
  };
  const rowOf = ({ at, values }: TimeSeries): Row =>
    Array.from({ length }, (_, index) => values[at.indexOf(index * MINUTE)]);
  const value: Value = evaluate(parseMath(expression), context);
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'series') return rowOf(value.series);
  return value.kind === 'array' ? value.series.map(rowOf) : [];
}

const _ = undefined;
const m1: Row = [1, 2, _, 4];
const m2: Row = [10, 0, 30, 40];

describe('operators', () => {
  it.each<[string, Row | number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['8 - 2 - 1', 5],
    ['16 / 4 / 2', 2],
    ['1 + 1 == 2 AND 3 > 2', 1],
    ['0 || 0 && 1', 0],
    ['1 OR 0 AND 0', 1],
    ['m1 + m2', [11, 2, _, 44]],
    ['m2 / m1', [10, 0, _, 10]],
    ['m1 / m2', [0.1, _, _, 0.1]],
    ['m1 / 0', [_, _, _, _]],
    ['100 * m1 / m2', [10, _, _, 10]],
    ['-m1', [-1, -2, _, -4]],
    ['m1 > 1', [0, 1, _, 1]],
    ['m1 >= 2 && m2 == 0', [0, 1, _, 0]],
    ['m1 != 2', [1, 0, _, 1]],
    ['m1 - AVG(m1)', [1 - 7 / 3, 2 - 7 / 3, _, 4 - 7 / 3]],
  ])('%s', (expression, expected) => {
    expect(compute(expression, { m1, m2 })).toEqual(expected);
  });
});

describe('functions', () => {
  it.each<[string, Row | number]>([
    ['SUM(m1)', 7],
    ['AVG(m2)', 20],
    ['MAX(m1)', 4],
    ['MIN(m2)', 0],
    ['SUM(METRICS())', [11, 2, 30, 44]],
    ['AVG(METRICS())', [5.5, 1, 30, 22]],
    ['MAX(METRICS())', [10, 2, 30, 40]],
    ['MIN(METRICS("m1"))', [1, 2, _, 4]],
    ['SUM([m1, m2])', [11, 2, 30, 44]],
    ['MAX([m1, 3])', [3, 3, _, 4]],
    ['MAX([1, 5, 3])', 5],
    ['FILL(m1, 0)', [1, 2, 0, 4]],
    ['FILL(m1, REPEAT)', [1, 2, 2, 4]],
    ['FILL(m1, LINEAR)', [1, 2, 3, 4]],
    ['FILL(m1, m2)', [1, 2, 30, 4]],
    ['FILL(METRICS("m1"), 9)', [1, 2, 9, 4]],
    ['IF(m1 > 1, m2, 7)', [7, 0, _, 40]],
    ['IF(m2 > 5, m1, 0)', [1, 0, _, 4]],
    ['IF(1, m1, m2)', m1],
    ['IF(0, m1, 3)', 3],
    ['RATE(m1)', [_, 1 / 60, _, 2 / 120]],
    ['DIFF(m1)', [_, 1, _, 2]],
    ['ABS(0 - m1)', m1],
    ['CEIL(m1 / 3)', [1, 1, _, 2]],
    ['FLOOR(m1 / 3)', [0, 0, _, 1]],
    ['LOG10(100)', 2],
    ['RUNNING_SUM(m1)', [1, 3, _, 7]],
    ['PERIOD(m1)', 60],
    ['DATAPOINT_COUNT(m1)', 3],
    ['METRIC_COUNT(METRICS())', 2],
    ['STDDEV(m2)', Math.sqrt((100 + 400 + 100 + 400) / 4)],
    ['TIME_SERIES(5)', [5, 5, 5, 5]],
  ])('%s', (expression, expected) => {
    const result = compute(expression, { m1, m2 });
    const only = Array.isArray(result) && Array.isArray(result[0]) ? result[0] : result;
    expect(only).toEqual(expected);
  });

  it('keeps what LINEAR and REPEAT cannot know missing', () => {
    const rows = { m: [_, 2, _, 4, _] };
    expect(compute('FILL(m, LINEAR)', rows)).toEqual([_, 2, 3, 4, _]);
    expect(compute('FILL(m, REPEAT)', rows)).toEqual([_, 2, 2, 4, 4]);
  });

  it('fills a series that has no data at all', () => {
    expect(compute('FILL(m, 0)', { m: [_, _, _] })).toEqual([0, 0, 0]);
  });

  it('draws a band of the mean and the deviations of what came before', () => {
    expect(compute('ANOMALY_DETECTION_BAND(m, 2)', { m: [1, 3, 100, 2] })).toEqual([
      [_, _, 4, expect.closeTo(104 / 3 + 2 * deviation([1, 3, 100]), 6)],
      [_, _, 0, expect.closeTo(104 / 3 - 2 * deviation([1, 3, 100]), 6)],
    ]);
  });
});

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('what is refused', () => {
  it.each([
    ['SEARCH("x")', /Unsupported function SEARCH/],
    ['constructor(m1)', /Unsupported function constructor/],
    ['m9 + 1', /Undefined metric or expression id m9/],
    ['1 +', /Unexpected end of the expression/],
    ['(1', /Expected '\)' at position 3/],
    ['1 2', /Unexpected '2' at position 2/],
    ['m1 ? 2', /Unexpected character at position 3: \?/],
    ['FILL(m1)', /FILL takes 2 arguments, found 1/],
    ['METRICS() + METRICS()', /Two arrays/],
    ['"text" + 1', /text cannot be computed/],
    ['RATE(5)', /RATE needs a time series/],
    [`${'('.repeat(500)}1${')'.repeat(500)}`, /nested too deeply/],
  ])('%s', (expression, message) => {
    expect(() => compute(expression, { m1, m2 })).toThrow(MathError);
    expect(() => compute(expression, { m1, m2 })).toThrow(message);
  });
});

describe('laws', () => {
  const cell = fc.option(fc.integer({ min: -1_000, max: 1_000 }), { nil: undefined });
  const rows = fc
    .integer({ min: 1, max: 20 })
    .chain((length) => fc.tuple(...[1, 2].map(() => fc.array(cell, { minLength: length, maxLength: length }))));

  it('is missing wherever one side is missing, and nowhere else', () => {
    fc.assert(
      fc.property(rows, ([a = [], b = []]) => {
        const expected = a.map((value, index) => {
          const other = b[index];
          return value === undefined || other === undefined ? undefined : value + other;
        });
        expect(compute('a + b', { a, b })).toEqual(expected);
      }),
    );
  });

  it('never gives a datapoint for a division by zero', () => {
    fc.assert(
      fc.property(rows, ([a = [], b = []]) => {
        const expected = a.map((value, index) => {
          const other = b[index];
          return value === undefined || other === undefined || other === 0 ? undefined : value / other;
        });
        expect(compute('a / b', { a, b })).toEqual(expected);
      }),
    );
  });

  it('sums an array to what filling with zero and adding gives, where anything was known', () => {
    fc.assert(
      fc.property(rows, ([a = [], b = []]) => {
        const expected = a.map((value, index) => {
          const other = b[index];
          return value === undefined && other === undefined ? undefined : (value ?? 0) + (other ?? 0);
        });
        expect(compute('SUM([a, b])', { a, b })).toEqual(expected);
      }),
    );
  });

  it('reads arithmetic as JavaScript does', () => {
    const number = fc.integer({ min: 0, max: 9 }).map(String);
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small' },
        number,
        fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression')).map((parts) => parts.join(' ')),
        tie('expression').map((inner) => `(${inner})`),
        tie('expression').map((inner) => `-(${inner})`),
      ),
    }));
    fc.assert(
      fc.property(expression, (text) => {
        const expected: unknown = new Function(`return ${text}`)();
        expect(compute(text, {})).toBeCloseTo(Number(expected), 6);
      }),
    );
  });
});
