/** The small pure parts: conditions, circuit, exposure, durations. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admits, CLOSED, closed, opened, withStop } from '../../src/core/circuit.ts';
import { type Condition, holds, rulesIn } from '../../src/core/condition.ts';
import { exposureAt, exposureSteps, isOver, peakExposure, stageOf } from '../../src/core/deployment.ts';
import { formatDuration } from '../../src/core/time.ts';
import { parseDuration } from '../../src/lib/schema.ts';
import { deploymentAt } from '../support/deployment.ts';

const rule = (name: string): Condition => ({ kind: 'rule', rule: name });

describe('conditions', () => {
  const nested: Condition = {
    kind: 'any',
    of: [
      rule('a'),
      { kind: 'all', of: [rule('b'), { kind: 'atLeast', count: 2, of: [rule('c'), rule('d'), rule('e')] }] },
    ],
  };
  test.each([
    [['a'], true],
    [['b'], false],
    [['b', 'c'], false],
    [['b', 'c', 'e'], true],
    [['c', 'd', 'e'], false],
    [[], false],
  ])('any of a, (b and two of c d e) with %j breached: %s', (breached, expected) => {
    expect(holds(nested, new Set(breached))).toBe(expected);
  });
  test('all of nothing is never', () => {
    expect(holds({ kind: 'all', of: [] }, new Set())).toBe(false);
  });
  test('names every rule', () => {
    expect(rulesIn(nested)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('circuit', () => {
  const limits = { stops: 3, per: 1000 };
  test('admits so many in the time, and more when time has passed', () => {
    let circuit = CLOSED;
    for (const at of [1, 2, 3]) {
      expect(admits(circuit, limits, at)).toBe(true);
      circuit = withStop(circuit, limits, at);
    }
    expect(admits(circuit, limits, 500)).toBe(false);
    expect(admits(circuit, limits, 1001)).toBe(true);
  });
  test('open admits nothing until it is closed, which forgives', () => {
    const circuit = opened(withStop(CLOSED, limits, 1));
    expect(admits(circuit, limits, 1e9)).toBe(false);
    expect(admits(closed(), limits, 2)).toBe(true);
  });
});

describe('exposure', () => {
  const step = (at: number, percent: string) => ({
    type: 'PERCENTAGE_UPDATED',
    triggeredBy: 'APPCONFIG',
    description: `Configuration available to ${percent}% of clients`,
    at,
    actions: [],
  });
  const undone = { type: 'ROLLBACK_COMPLETED', triggeredBy: 'USER', description: '', at: 400, actions: [] };
  const deployment = deploymentAt(100, { events: [step(200, '20.00'), step(300, '62.5'), undone] });
  test('follows the event log, and ends with the rollback', () => {
    expect(exposureSteps(deployment).map(({ share }) => share)).toEqual([0, 0.2, 0.625, 0]);
    expect([150, 200, 350, 400].map((at) => exposureAt(deployment, at))).toEqual([0, 0.2, 0.625, 0]);
    expect(peakExposure(deployment)).toBe(0.625);
  });
  test('an entry without a percentage is passed over', () => {
    const odd = deploymentAt(100, { events: [{ ...step(200, ''), description: 'a step of tomorrow' }] });
    expect(exposureAt(odd, 300)).toBe(0);
  });
});

test.each([
  ['VALIDATING', 'in-progress'],
  ['DEPLOYING', 'in-progress'],
  ['BAKING', 'in-progress'],
  ['ROLLING_BACK', 'rolling-back'],
  ['COMPLETE', 'completed'],
  ['ROLLED_BACK', 'undone'],
  ['REVERTED', 'undone'],
  ['PAUSED', 'unknown'],
])('%s is %s', (state, stage) => {
  expect(stageOf(state)).toBe(stage);
  expect(isOver(state)).toBe(stage === 'completed' || stage === 'undone');
});

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['30d', 2_592_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  test.each(['90', '90 s', '1y', '', '-5s', 's'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
  test('what is told of whole seconds below a minute reads back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), fc.integer({ min: 0, max: 59 }), (minutes, seconds) => {
        const ms = minutes * 60_000 + seconds * 1000;
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
