/** The pure parts of a backtest on literal deployments: what was seen when, exposure, retention, effects, scores. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html } from '../../src/backtest/chart.ts';
import { shifted, withEffect } from '../../src/backtest/effect.ts';
import { cut, type Piece, pastSource, pieceOf } from '../../src/backtest/history.ts';
import { endingOf, exposureMinutes, firstExposedAt, seenOver } from '../../src/backtest/past.ts';
import { powerOf, wilson } from '../../src/backtest/placebo.ts';
import { poisson, seeded } from '../../src/backtest/random.ts';
import { inPeriod, periodFor, perOwnPeriod } from '../../src/backtest/retention.ts';
import { score, totalsOf } from '../../src/backtest/score.ts';
import type { Deployment, DeploymentEvent } from '../../src/core/deployment.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { metricAbove, policy } from '../scenario/support/policy.ts';
import { deploymentAt } from '../support/deployment.ts';

const START = Date.UTC(2026, 10, 22, 12, 0, 0);
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const event = (type: string, minutes: number, description = '', triggeredBy = 'APPCONFIG'): DeploymentEvent => ({
  type,
  triggeredBy,
  description,
  at: START + minutes * MINUTE,
  actions: [],
});
const grown = (minutes: number, percent: number) =>
  event('PERCENTAGE_UPDATED', minutes, `Configuration available to ${percent}.00% of clients`);

const BEGUN = [event('DEPLOYMENT_STARTED', 0), grown(2, 50), grown(4, 100), event('BAKE_TIME_STARTED', 4)];
const COMPLETE: Deployment = deploymentAt(START, {
  state: 'COMPLETE',
  percentage: 100,
  completedAt: START + 10 * MINUTE,
  events: [...BEGUN, event('DEPLOYMENT_COMPLETED', 10)],
});
const UNDONE: Deployment = deploymentAt(START, {
  state: 'ROLLED_BACK',
  percentage: 0,
  completedAt: START + 7 * MINUTE,
  events: [...BEGUN, event('ROLLBACK_STARTED', 6, '', 'CLOUDWATCH_ALARM'), event('ROLLBACK_COMPLETED', 7)],
});

function policyOf(rules: readonly object[]): Policy {
  const loaded = loadPolicy({ path: 'p', text: policy({ rules }) }, {});
  const [one] = loaded.ok ? loaded.config.policies : [];
  if (one === undefined) throw new Error(JSON.stringify(loaded));
  return one;
}
function metricRule(change: Readonly<Record<string, unknown>> = {}, stat = 'Sum') {
  const [rule] = policyOf([metricAbove('errors', 'Errors', 10, change, stat)]).rules;
  if (rule === undefined || !('source' in rule)) throw new Error('no metric rule');
  return rule;
}

/** One value a minute from some minutes before the start. */
function pieceFrom(before: number, values: readonly number[], growing = false): Piece {
  const from = START - before * MINUTE;
  const points = values.map((value, index) => ({ at: from + index * MINUTE, value, settled: true }));
  return { query: 'q', from, to: from + values.length * MINUTE, period: MINUTE, growing, points, inputs: {} };
}

describe('a deployment of the past', () => {
  test('is seen as it was at every instant', () => {
    const seen = seenOver(COMPLETE);
    const at = (minutes: number) => seen(START + minutes * MINUTE);
    expect([0, 3, 4, 9, 10].map((minutes) => at(minutes).state)).toEqual([
      ...['DEPLOYING', 'DEPLOYING', 'BAKING', 'BAKING', 'COMPLETE'],
    ]);
    expect([0, 2, 4].map((minutes) => at(minutes).percentage)).toEqual([0, 50, 100]);
    expect(at(3)).toBe(seen(START + 2.5 * MINUTE));
    expect(at(3)).not.toHaveProperty('completedAt');
  });

  test('ends when it is complete, or when somebody begins to undo it', () => {
    expect(endingOf(COMPLETE)).toMatchObject({ kind: 'completed', at: START + 10 * MINUTE });
    expect(endingOf(UNDONE)).toEqual({
      kind: 'rolled-back',
      at: START + 6 * MINUTE,
      by: 'CLOUDWATCH_ALARM',
      until: START + 7 * MINUTE,
    });
    expect(endingOf(deploymentAt(START))).toBeUndefined();
  });

  test('has exposure minutes that add up', () => {
    expect(firstExposedAt(COMPLETE)).toBe(START + 2 * MINUTE);
    expect(exposureMinutes(COMPLETE, START, START + 10 * MINUTE)).toBeCloseTo(2 * 0.5 + 6);
    expect(exposureMinutes(UNDONE, START, START + DAY)).toBeCloseTo(2 * 0.5 + 3);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), (seconds) => {
        const [end, middle] = [START + 10 * MINUTE, START + seconds * 1_000];
        const parts = exposureMinutes(COMPLETE, START, middle) + exposureMinutes(COMPLETE, middle, end);
        expect(parts).toBeCloseTo(exposureMinutes(COMPLETE, START, end));
      }),
    );
  });
});

describe('numbers as they were known', () => {
  const source = (pieces: readonly Piece[], now: () => number, lag = 0) =>
    pastSource(
      () => pieces,
      () => MINUTE,
      now,
      lag,
    );
  const signal = AbortSignal.timeout(5_000);

  test('what had not settled is not there', async () => {
    let now = START;
    const past = source([pieceFrom(5, [1, 2, 3, 4, 5, 6, 7, 8])], () => now);
    const window = { from: START - 5 * MINUTE, to: START + 3 * MINUTE };
    const first = await past.query('q', window, 2 * MINUTE, signal);
    expect(first.points.map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(first.settledUntil).toBe(START - 2 * MINUTE);
    now = START + 30_000;
    expect(past.held?.('q', window, 2 * MINUTE)).toBe(first);
    now = START + MINUTE;
    expect((await past.query('q', window, 2 * MINUTE, signal)).points).toHaveLength(4);
  });

  test('what comes later than it settles is missing until a read finds it', async () => {
    let now = START;
    const past = source([pieceFrom(5, [1, 2, 3, 4, 5, 6, 7, 8])], () => now, 2.5 * MINUTE);
    const window = { from: START - 5 * MINUTE, to: START + 3 * MINUTE };
    const shown = () => past.held?.('q', window, MINUTE)?.points.map(({ value }) => value);
    const first = await past.query('q', window, MINUTE, signal);
    expect(first.settledUntil).toBe(START - MINUTE);
    expect(first.points.map(({ value }) => value)).toEqual([1, 2]);
    // The third has come, and nobody asks: no other period has settled.
    now = START + 45_000;
    expect(past.held?.('q', window, MINUTE)).toBe(first);
    now = START + MINUTE;
    expect(shown()).toEqual([1, 2, 3]);
    now = START + 3 * MINUTE + 30_000;
    expect(shown()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('what comes later than a read goes back is never seen', async () => {
    let now = START;
    const past = source(
      [
        pieceFrom(
          20,
          Array.from({ length: 40 }, (_, index) => index),
        ),
      ],
      () => now,
      5.5 * MINUTE,
    );
    const window = (to: number) => ({ from: START - 20 * MINUTE, to });
    const first = await past.query('q', window(now), MINUTE, signal);
    expect(first.points.at(-1)?.value).toBe(13);
    for (let minute = 1; minute <= 10; minute++) {
      now = START + minute * MINUTE;
      const { points } = await past.query('q', window(now), MINUTE, signal);
      expect(points.at(-1)?.value).toBe(13);
    }
  });

  test('what was not fetched cannot be asked', async () => {
    const past = source([pieceFrom(2, [1, 2])], () => START + DAY);
    const window = { from: START - 5 * MINUTE, to: START };
    await expect(past.query('q', window, 0, signal)).rejects.toThrow('the history does not hold all from');
  });

  test('a series is kept up to where it has settled', () => {
    const { points } = pieceFrom(0, [1, 2, 3]);
    const series = { query: 'q', from: START, period: MINUTE, points, growing: true, inputs: {} };
    const piece = pieceOf({ ...series, settledUntil: START + 2 * MINUTE }, { from: START, to: START + 3 * MINUTE });
    expect([piece.to, piece.points.length]).toEqual([START + 2 * MINUTE, 2]);
    expect(cut(piece, { from: START + MINUTE, to: START + DAY }).points.map(({ value }) => value)).toEqual([2]);
  });
});

describe('what is still kept', () => {
  test.each([
    [0, '60s', 60],
    [13, '60s', 60],
    [15, '60s', 300],
    [15, '120s', 300],
    [15, '600s', 600],
    [61, '420s', 600],
    [63, '60s', 3_600],
    [1, '10s', 60],
  ])('%d days back, %s is asked in %d s', (days, period, seconds) => {
    const rule = metricRule({
      source: { kind: 'cloudwatch', period, metrics: { m: { namespace: 'Shop', metric: 'E', stat: 'Sum' } } },
    });
    expect(periodFor(rule, START - days * DAY, START) / 1_000).toBe(seconds);
  });

  test('a sum over a longer period counts by its share, anything else as it is', () => {
    const coarse = { ...pieceFrom(0, [50], true), period: 5 * MINUTE };
    expect(perOwnPeriod(coarse, MINUTE).points[0]?.value).toBe(10);
    expect(perOwnPeriod({ ...coarse, growing: false }, MINUTE).points[0]?.value).toBe(50);
    const rule = metricRule();
    expect(inPeriod(rule, MINUTE)).toBe(rule);
    expect(inPeriod(rule, 5 * MINUTE).source.period).toBe(5 * MINUTE);
  });
});

describe('placebos', () => {
  test('a gauge is multiplied by its exposure, with the drawn lag', () => {
    const piece = pieceFrom(
      0,
      Array.from({ length: 10 }, () => 100),
    );
    const changed = withEffect(piece, COMPLETE, 3, 0.25, seeded(1)).points.map(({ value }) => value);
    // No exposure, half of it from minute 2 on, all from minute 4 on; a quarter of the clients is one minute late.
    expect(changed.slice(0, 6)).toEqual([100, 100, 175, 200, 275, 300]);
  });

  test('a count gets whole events on top, as many as the effect says on average', () => {
    const piece = pieceFrom(
      0,
      Array.from({ length: 2_000 }, () => 4),
      true,
    );
    const after = withEffect(piece, COMPLETE, 3, 0, seeded(7)).points.slice(10);
    expect(after.every(({ value }) => Number.isInteger(value) && value >= 4)).toBe(true);
    const mean = after.reduce((sum, { value }) => sum + value, 0) / after.length;
    expect(mean).toBeGreaterThan(11.7);
    expect(mean).toBeLessThan(12.3);
  });

  test('Poisson counts have their mean and variance, and a seed says all', () => {
    for (const mean of [0.5, 8, 200]) {
      const random = seeded(3);
      const counts = Array.from({ length: 4_000 }, () => poisson(mean, random));
      const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / counts.length;
      expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / 4_000));
      expect(variance / mean).toBeGreaterThan(0.85);
      expect(variance / mean).toBeLessThan(1.15);
    }
    const [one, same, other] = [seeded(5), seeded(5), seeded(6)].map((random) => [random(), random(), random()]);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });

  test('intervals hold their share, and none is sure of a few', () => {
    expect(wilson(0, 30).high).toBeCloseTo(0.1135, 3);
    expect(wilson(5, 10)).toEqual({ low: expect.closeTo(0.2366, 3), high: expect.closeTo(0.7634, 3) });
  });

  test('a strong effect is found in every placement, none without one, and none near a real deployment', async () => {
    const history = pieceFrom(
      600,
      Array.from({ length: 600 }, (_, index) => (index % 3) + 1),
    );
    const real = shifted(COMPLETE, START - 300 * MINUTE);
    const power = await powerOf({
      case: { deployment: COMPLETE, policy: policyOf([metricAbove('errors', 'Errors', 10)]) },
      history: new Map([['errors', history]]),
      deployments: [COMPLETE, real],
      placements: 50,
      effects: [20],
      seed: 11,
      lag: 0,
      nextLook: (after) => Math.floor(after / 15_000) * 15_000 + 15_000,
      signal: AbortSignal.timeout(20_000),
    });
    expect(power?.placements).toBe(50);
    expect(power?.effects).toMatchObject([
      { effect: 1, stopped: 0, share: 0 },
      { effect: 20, stopped: 50, share: 1 },
    ]);
    // The period that is over a minute after the first client, and two minutes until it has settled.
    expect(power?.effects[1]?.medianDelay).toBeGreaterThanOrEqual(3 * MINUTE);
    expect(power?.effects[1]?.medianDelay).toBeLessThanOrEqual(5 * MINUTE);
    expect(power?.to).toBeLessThan(START - 60 * MINUTE);
  });
});

test('the schedule of a calibrated judge is placed where it can be calibrated, and finds what is diluted', async () => {
  const random = seeded(5);
  const minutes = 5 * 1_440;
  const counts = Array.from({ length: minutes }, () => poisson(20, random));
  const piece = pieceFrom(minutes, counts);
  const judge = { kind: 'dose', metric: 'counts' };
  const source = {
    kind: 'cloudwatch',
    period: '60s',
    metrics: { it: { namespace: 'Shop', metric: 'Errors', stat: 'Sum' } },
  };
  const power = await powerOf({
    case: { deployment: COMPLETE, policy: policyOf([{ name: 'dose', source, judge }]) },
    history: new Map([['dose', { ...piece, growing: true }]]),
    deployments: [COMPLETE],
    placements: 40,
    effects: [5],
    seed: 3,
    lag: 0,
    nextLook: (after) => Math.floor(after / 60_000) * 60_000 + 60_000,
    signal: AbortSignal.timeout(60_000),
  });
  const [none, fivefold] = power?.effects ?? [];
  expect(none?.share).toBeLessThanOrEqual(0.05);
  expect(fivefold?.share).toBeGreaterThanOrEqual(0.9);
  // Two days of history stand before the first placement.
  expect(power?.from).toBeGreaterThanOrEqual(START - (minutes - 2 * 1_440) * MINUTE);
}, 120_000);

describe('scores', () => {
  const at = (minutes: number) => ({ at: START + minutes * MINUTE, exposure: 0.5, rules: ['r'], because: ['r: bad'] });
  const nothing = { withheld: [], rules: [] };
  const stopped = (minutes: number) => ({ ...nothing, stop: at(minutes) });

  test.each([
    ['left alone', COMPLETE, nothing, undefined, 'left-alone', 0],
    ['stopped without need', COMPLETE, stopped(3), undefined, 'false-stop', 0],
    ['what is called bad and was missed', COMPLETE, nothing, 'bad', 'missed', 0],
    ['what is called bad and was stopped', COMPLETE, stopped(3), 'bad', 'stopped', 6.5],
    ['what was undone and stopped sooner', UNDONE, stopped(3), undefined, 'stopped', 3.5],
    ['what was undone before it would be stopped', UNDONE, stopped(6.5), undefined, 'late', 0.5],
    ['what was undone and is called good', UNDONE, nothing, 'good', 'left-alone', 0],
  ] as const)('%s', (_, deployment, simulated, label, result, saved) => {
    const one = score(deployment, 'p', simulated, label);
    expect(one.result).toBe(result);
    expect(one.saved).toBeCloseTo(saved);
  });

  test('totals count every one once', () => {
    const all = [
      score(COMPLETE, 'p', stopped(3)),
      score(COMPLETE, 'p', nothing),
      score(UNDONE, 'p', stopped(3)),
      score(UNDONE, 'p', nothing),
    ];
    expect(totalsOf(all)).toEqual({
      deployments: 4,
      good: 2,
      bad: 2,
      falseStops: 1,
      misses: 1,
      stopped: 1,
      late: 0,
      medianDelay: MINUTE,
      badMinutes: 8,
      savedMinutes: 3.5,
    });
  });
});

test('what a report quotes stays text', () => {
  expect(html('<script>alert("1")</script>&\u001b')).toBe(
    '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;\\u001b',
  );
});
