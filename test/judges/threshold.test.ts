/** The threshold judge on literal datapoints: tables first, then what must hold for any datapoints. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import type { Evidence } from '../../src/core/seams.ts';
import type { Point } from '../../src/core/series.ts';
import { threshold } from '../../src/judges/threshold.ts';
import { deploymentAt } from '../support/deployment.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12, 0, 0);

interface Shape {
  /** Values per minute from ten minutes before the start; `null` is missing. */
  readonly before?: readonly (number | null)[];
  readonly during: readonly (number | null)[];
  readonly unsettled?: number;
  readonly growing?: boolean;
  readonly noData?: Evidence['noData'];
  readonly preExisting?: Evidence['preExisting'];
  readonly deployment?: Deployment;
}

function evidence(shape: Shape): Evidence {
  const before = shape.before ?? Array.from({ length: 10 }, () => 0);
  const values = [...before, ...shape.during];
  const from = START - before.length * MINUTE;
  const unsettled = shape.unsettled ?? 0;
  const settledUntil = from + (values.length - unsettled) * MINUTE;
  const points: Point[] = values.flatMap((value, index) =>
    value === null ? [] : [{ at: from + index * MINUTE, value, settled: index < values.length - unsettled }],
  );
  return {
    deployment: shape.deployment ?? deploymentAt(START),
    now: settledUntil,
    series: [
      { query: 'errors', from, period: MINUTE, points, growing: shape.growing ?? false, settledUntil, inputs: {} },
    ],
    noData: shape.noData ?? 'inconclusive',
    preExisting: shape.preExisting ?? 'ignore',
    settle: 0,
  };
}

function judge(options: Record<string, unknown>, shape: Shape) {
  return threshold.create(threshold.options().parse({ kind: 'threshold', ...options }), 1).judge(evidence(shape));
}

describe('2 of 3 above 1', () => {
  const table: [string, Shape, string][] = [
    ['one breach is not two', { during: [0, 5, 0] }, 'healthy'],
    ['two in a row', { during: [0, 5, 5] }, 'breached'],
    ['two of three with a gap of health', { during: [5, 0, 5] }, 'breached'],
    ['exactly at the bound is not above it', { during: [1, 1, 1] }, 'healthy'],
    ['a breach stays until the window forgets it', { during: [5, 5, 0] }, 'breached'],
    ['and ends with two fine ones', { during: [5, 5, 0, 0] }, 'healthy'],
    ['nothing since the start', { during: [] }, 'inconclusive'],
    ['one fine datapoint proves nothing', { during: [0] }, 'inconclusive'],
    ['two fine ones rule a breach out', { during: [0, 0] }, 'healthy'],
    ['a breach before the start does not count', { before: [0, 0, 0, 5], during: [5] }, 'inconclusive'],
    ['bad before and ever since', { before: [5, 5, 5], during: [5, 5, 5] }, 'inconclusive'],
    ['bad before, recovered, bad again', { before: [5, 5, 5], during: [0, 5, 5] }, 'breached'],
    ['bad before, and the policy says stop', { before: [5, 5, 5], during: [5], preExisting: 'stop' }, 'breached'],
    ['missing ones could be breaches', { during: [0, null, null] }, 'inconclusive'],
    ['missing counted as fine', { during: [0, null, null], noData: 'healthy' }, 'healthy'],
    ['missing counted as breaches', { during: [0, null, null], noData: 'breached' }, 'breached'],
    ['an old breach is not carried over silence', { during: [5, 5, null, null, null] }, 'inconclusive'],
    ['an unsettled ratio says nothing', { during: [0, 0, 5, 5], unsettled: 2 }, 'healthy'],
    ['an unsettled sum above the bound says all', { during: [0, 0, 5, 5], unsettled: 2, growing: true }, 'breached'],
    [
      'an unsettled sum below the bound says nothing',
      { during: [5, 0, 0], unsettled: 2, growing: true },
      'inconclusive',
    ],
  ];
  test.each(table)('%s', (_, shape, kind) => {
    expect(judge({ above: 1 }, shape).kind).toBe(kind);
  });
});

test('below and band', () => {
  expect(judge({ below: 10 }, { before: [15, 15, 15], during: [5, 5] }).kind).toBe('breached');
  expect(judge({ below: 10, above: 20 }, { during: [15, 15] }).kind).toBe('healthy');
  expect(judge({ below: 10, above: 20 }, { before: [15, 15, 15], during: [25, 5] }).kind).toBe('breached');
});

test('an unsettled sum may not act on `below`: it can still grow', () => {
  expect(judge({ below: 10 }, { during: [50, 50, 5, 5], unsettled: 2, growing: true }).kind).toBe('healthy');
});

test('warmup leaves the first minutes out', () => {
  expect(judge({ above: 1, warmup: '2m' }, { during: [5, 5] }).kind).toBe('inconclusive');
  expect(judge({ above: 1, warmup: '2m' }, { during: [5, 5, 5, 5] }).kind).toBe('breached');
  expect(judge({ above: 1, warmup: '2m' }, { during: [5, 5, 5], preExisting: 'stop' }).kind).toBe('healthy');
});

test('a period that straddles the start does not count', () => {
  const deployment = deploymentAt(START + 30_000);
  expect(judge({ above: 1, breaching: '1 of 1' }, { during: [5], deployment }).kind).toBe('inconclusive');
  expect(judge({ above: 1, breaching: '1 of 1' }, { during: [5, 5], deployment }).kind).toBe('breached');
});

test('recovery asks for that many fine datapoints in a row', () => {
  expect(judge({ above: 1, breaching: '1 of 1', recovery: 3 }, { during: [5, 0, 0] }).kind).toBe('breached');
  expect(judge({ above: 1, breaching: '1 of 1', recovery: 3 }, { during: [5, 0, 0, 0] }).kind).toBe('healthy');
});

test('the sentence holds the numbers, the bound and the inputs', () => {
  const base = evidence({ during: [0, 4.25, 7] });
  const series = base.series[0];
  if (series === undefined) throw new Error('no series');
  const inputs = { errors: [{ at: START + MINUTE, value: 17, settled: true }] };
  const verdict = threshold
    .create(threshold.options().parse({ kind: 'threshold', above: 1 }), 1)
    .judge({ ...base, series: [{ ...series, inputs }] });
  expect(verdict.because).toBe(
    'errors above 1: 2 of the last 3 datapoints of 1m (2 needed): 4.25 at 12:01:00 (errors 17), 7 at 12:02:00',
  );
});

test('the sentence lists as many datapoints as it counts, and none that does not count', () => {
  const started = { during: [5, 6, 7], deployment: deploymentAt(START + 30_000) };
  expect(judge({ above: 1 }, started).because).toContain(
    '2 of the last 3 datapoints of 1m (2 needed): 6 at 12:01:00, 7',
  );
  expect(judge({ above: 1 }, { during: [5, 6, 0, 7] }).because).toContain('(2 needed): 6 at 12:01:00, 7 at 12:03:00');
  const before = judge({ above: 1 }, { before: [0, 0, 0], during: [] }).because;
  expect(before).toBe('errors has 0 of 3 settled datapoints of 1m since the deployment started: no datapoint yet');
  const held = judge({ above: 1, breaching: '1 of 1', recovery: 3 }, { during: [5, 0, 0] }).because;
  expect(held).toContain('0 of the last 1 datapoints');
  expect(held).toContain('0 at 12:02:00');
});

test.each([
  [{}, 'expected `above`, `below` or both'],
  [{ above: 1, breaching: '4 of 3' }, 'M no larger than N'],
  [{ above: 1, below: 2 }, 'expected `below` to be less than `above`'],
  [{ above: 1, breaching: 'two of three' }, 'expected "M of N"'],
])('options %j are refused', (options, message) => {
  const result = threshold.options().safeParse({ kind: 'threshold', ...options });
  expect(result.error?.issues.map((issue) => issue.message).join('; ')).toContain(message);
});

const value = fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: null });
const shapes = fc.record({
  before: fc.array(value, { maxLength: 8 }),
  during: fc.array(value, { maxLength: 12 }),
  noData: fc.constantFrom('healthy', 'breached', 'inconclusive' as const),
  preExisting: fc.constantFrom('ignore', 'stop' as const),
});

describe('whatever the datapoints', () => {
  test('with data lacking, nothing is healthy and nothing is breached unless the rule says so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), (length) => {
        const during = Array.from({ length }, () => null);
        expect(judge({ above: 1 }, { before: [], during }).kind).toBe('inconclusive');
      }),
    );
  });
  test('a breach needs M datapoints outside of the bound since the start', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const verdict = judge({ above: 5 }, { ...shape, noData: 'inconclusive', preExisting: 'ignore' });
        const bad = shape.during.filter((v) => v !== null && v > 5).length;
        if (verdict.kind === 'breached') expect(bad).toBeGreaterThanOrEqual(2);
      }),
    );
  });
  test('datapoints all within the bound never breach, and all outside always do', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const fine = shape.during.map((v) => (v === null ? null : v / 10));
        const safe = judge({ above: 1 }, { ...shape, before: [], during: fine, noData: 'inconclusive' });
        expect(safe.kind).not.toBe('breached');
        const bad = shape.during.map((v) => (v === null ? 11 : v + 11));
        const verdict = judge({ above: 10 }, { ...shape, before: [0, 0, 0], during: bad });
        if (bad.length >= 2) expect(verdict.kind).toBe('breached');
      }),
    );
  });
  test('doubling values and bound together changes nothing', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const twice = (values: readonly (number | null)[]) => values.map((v) => (v === null ? null : v * 2));
        const doubled = { ...shape, before: twice(shape.before), during: twice(shape.during) };
        expect(judge({ above: 8 }, doubled).kind).toBe(judge({ above: 4 }, shape).kind);
      }),
    );
  });
});

describe('periods that are too young to judge', () => {
  test.each(['1 of 1', '2 of 2', '2 of 3'])('do not hide a breach from %s', (breaching) => {
    expect(judge({ above: 1, breaching }, { during: [5, 5, 5, 0, 0, 0, 0], unsettled: 4 }).kind).toBe('breached');
  });

  test('a breach that goes on behind young periods is still a breach', () => {
    const shape: Shape = { during: [5, 5, 0, 0, 7], unsettled: 3, growing: true };
    expect(judge({ above: 1, breaching: '2 of 2' }, shape).kind).toBe('breached');
  });

  test('never change the verdict, whatever they hold', () => {
    const value = fc.option(fc.constantFrom(0, 5), { nil: null });
    const breaching = fc.constantFrom('1 of 1', '1 of 2', '2 of 2', '2 of 3', '3 of 5');
    const noData = fc.constantFrom('healthy' as const, 'breached' as const, 'inconclusive' as const);
    const values = fc.array(value, { maxLength: 8 });
    fc.assert(
      fc.property(values, fc.array(value, { maxLength: 4 }), breaching, noData, (during, young, counts, missing) => {
        const options = { above: 1, breaching: counts };
        const alone = judge(options, { during, noData: missing });
        const shape: Shape = { during: [...during, ...young], unsettled: young.length, noData: missing };
        expect(judge(options, shape).kind).toBe(alone.kind);
      }),
    );
  });
});
