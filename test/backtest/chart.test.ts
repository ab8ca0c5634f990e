/** What a chart of the report shows of awkward deployments: days, lone datapoints, long names, late stops. */
import { describe, expect, test } from 'vitest';
import { charts } from '../../src/backtest/chart.ts';
import type { Ran } from '../../src/backtest/run.ts';
import { score } from '../../src/backtest/score.ts';
import type { Simulated } from '../../src/backtest/simulate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { metricAbove, policy } from '../scenario/support/policy.ts';
import { deploymentAt } from '../support/deployment.ts';

const START = Date.UTC(2026, 10, 22, 12, 0, 0);
const MINUTE = 60_000;

interface Shape {
  readonly name?: string;
  readonly above?: number;
  readonly lasts: number;
  /** Minutes after the start at which a datapoint of value 1 begins. */
  readonly points: readonly number[];
  /** Minutes after the start. */
  readonly stop?: number;
}

function chartOf({ name = 'errors', above = 10, lasts, points, stop }: Shape): string {
  const loaded = loadPolicy({ path: 'p', text: policy({ rules: [metricAbove(name, 'Errors', above)] }) }, {});
  const [rule] = loaded.ok ? (loaded.config.policies[0]?.rules ?? []) : [];
  if (rule === undefined || !('source' in rule)) throw new Error(JSON.stringify(loaded));
  const at = (minutes: number) => START + minutes * MINUTE;
  const event = (type: string, minutes: number) =>
    ({ type, triggeredBy: 'USER', description: '', at: at(minutes), actions: [] }) as const;
  const deployment = deploymentAt(START, {
    state: 'ROLLED_BACK',
    completedAt: at(lasts),
    events: [event('DEPLOYMENT_STARTED', 0), event('ROLLBACK_STARTED', lasts), event('ROLLBACK_COMPLETED', lasts)],
  });
  const simulated: Simulated = {
    withheld: [],
    rules: [],
    ...(stop === undefined ? {} : { stop: { at: at(stop), exposure: 1, rules: [], because: ['errors'] } }),
  };
  const values = points.map((minutes) => ({ at: at(minutes), value: 1, settled: true }));
  const [from, to] = [at(-5), at(lasts + 5)];
  const piece = { query: name, from, to, period: MINUTE, growing: false, points: values, inputs: {} };
  const ran: Ran = { scored: score(deployment, 'p', simulated), numbers: [{ rule, piece }] };
  return charts(ran);
}

const lineOf = (chart: string) => /class="line" d="([^"]*)"/.exec(chart)?.[1] ?? '';
const xsOf = (path: string) => [...path.matchAll(/[ML]([\d.]+),/g)].map(([, x]) => Number(x));

describe('a chart', () => {
  test('says the date where it shows more than one day, and only there', () => {
    const [short, long] = [20, 2_000].map((lasts) => chartOf({ lasts, points: [0, 1] }));
    expect(short).toMatch(/class="axis"[^>]*>12:10</);
    expect(short).toContain('rolled back by USER 12:20<');
    expect(long).toMatch(/class="axis"[^>]*>11-23 00:00</);
    expect(long).toContain('rolled back by USER 11-23 21:20<');
  });

  test('shows a datapoint that stands alone, and none beyond its edge', () => {
    const line = lineOf(chartOf({ lasts: 20, points: [0, 1, 10, 24] }));
    expect(line.match(/M[\d.]+,[\d.]+h0/g)).toHaveLength(2);
    expect(xsOf(line)).toHaveLength(3);
    expect(new Set(xsOf(line)).size).toBe(3);
  });

  test('has the whole name beside it, once, and short numbers at its axis', () => {
    const name = 'latency-of-the-checkout-service-and-of-all-it-asks';
    const chart = chartOf({ name, above: 900_000, lasts: 20, points: [0, 1] });
    expect(chart).toContain(`<p class="name">${name}</p>`);
    expect(chart).toMatch(/class="axis"[^>]*>1M</);
    expect(chart).toMatch(/class="axis"[^>]*>500K</);
  });

  test('reaches to a stop that comes after the end', () => {
    const place = (kind: string, chart: string) =>
      Number(new RegExp(`line class="${kind}" x1="([\\d.]+)"`).exec(chart)?.[1]);
    const chart = chartOf({ lasts: 20, points: [0, 1], stop: 40 });
    expect(place('stop', chart)).toBeLessThan(834);
    expect(place('end', chart)).toBeLessThan(place('stop', chart) - 200);
  });
});
