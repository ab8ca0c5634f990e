/** Samples thinned out: what CloudWatch forgets goes, and no answer changes by it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns, type Sample } from '../../../src/sandbox/cloudwatch/metrics/columns.ts';
import { metric } from '../../../src/sandbox/cloudwatch/metrics/metric.ts';
import { readSeries } from '../../../src/sandbox/cloudwatch/metrics/read.ts';
import { thinned } from '../../../src/sandbox/cloudwatch/metrics/retention.ts';
import { parseStatistic } from '../../../src/sandbox/cloudwatch/metrics/statistic.ts';
import { createStore } from '../../../src/sandbox/cloudwatch/metrics/store.ts';
import { faults } from '../../../src/sandbox/faults.ts';
import { MINUTE, START } from './support/room.ts';

const SECOND = 1_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NAMED = metric('app', 'm', []);

function single(at: number, value: number): Sample {
  return { at, count: 1, sum: value, min: value, max: value, unit: 'None' };
}

function filled(samples: readonly Sample[]) {
  const result = columns();
  for (const sample of samples) result.add(sample);
  return result;
}

describe('thinned samples', () => {
  it('lose what no period shows any more, and nothing younger', () => {
    const samples = filled([single(START - 456 * DAY, 1), single(START - 454 * DAY, 2), single(START, 3)]);
    const { sum } = thinned(samples, START).view();
    expect([sum[0], sum[1]]).toEqual([2, 3]);
    expect(thinned(samples, START).length).toBe(2);
  });

  it('keep seconds for three hours and minutes for fifteen days', () => {
    const pair = (age: number) => filled([single(START - age, 7), single(START - age + SECOND, 7)]);
    expect(thinned(pair(HOUR), START).length).toBe(2);
    expect(thinned(pair(4 * HOUR), START).length).toBe(1);
    const minutes = (age: number) => filled([single(START - age, 7), single(START - age + MINUTE, 7)]);
    expect(thinned(minutes(14 * DAY), START).length).toBe(2);
    expect(thinned(minutes(16 * DAY), START).length).toBe(1);
  });

  const statistic = fc.constantFrom('Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p99', 'tm90');
  const sample = fc.record({
    age: fc.integer({ min: 0, max: 70 * DAY }).map((age) => age - (age % SECOND)),
    value: fc.integer({ min: -3, max: 3 }),
    spread: fc.constantFrom(0, 0, 0, 2),
  });

  it('answer every statistic of every period as before', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 60 }),
        statistic,
        fc.constantFrom(SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, HOUR),
        (drawn, text, period) => {
          const stat = parseStatistic(text);
          if (stat === undefined) throw new Error(`no statistic ${text}`);
          const all = filled(
            drawn.map(({ age, value, spread }) => ({ ...single(START - age, value), max: value + spread })),
          );
          const ask = (samples: typeof all) => {
            const store = { ...createStore(), find: () => ({ metric: NAMED, samples, lastArrival: START }) };
            const window = { from: START - 80 * DAY, to: START + MINUTE };
            return readSeries(store, faults(), { metric: NAMED, statistic: stat, period }, window, START);
          };
          expect(ask(thinned(all, START))).toEqual(ask(all));
        },
      ),
    );
  });
});

describe('a store', () => {
  it('does not grow with traffic that goes on and on', () => {
    const store = createStore();
    for (let index = 0; index < 200_000; index++) {
      const at = START + index * 10 * MINUTE;
      store.add(NAMED, single(at, index % 5), 60, at);
    }
    const held = store.find(NAMED)?.samples.length ?? 0;
    // 455 days hold 65,520 of them; hours of more than 63 days ago hold five values each at most.
    expect(held).toBeGreaterThan(455 * 24);
    expect(held).toBeLessThan(150_000);
  });
});
