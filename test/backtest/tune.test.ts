/** Bounds proposed from a noisy history out of files: they load, keep to what is allowed, and find what is injected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Piece } from '../../src/backtest/history.ts';
import { poisson, seeded } from '../../src/backtest/random.ts';
import { reached, readable } from '../../src/backtest/tune.ts';
import { tuneCommand } from '../../src/cli/tune.ts';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { type Ran, runIn } from '../cli/explain-status-io.ts';
import { policy } from '../scenario/support/policy.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1);
const iso = (at: number) => new Date(at).toISOString();
let folder: string;

const rule = {
  name: 'errors',
  source: {
    kind: 'cloudwatch',
    period: '60s',
    metrics: { errors: { namespace: 'Shop', metric: 'Errors', stat: 'Sum' } },
  },
  judge: { kind: 'threshold', above: 1_000 },
};

function deployment(number: number, startedAt: number) {
  const step = (minutes: number, percent: number) => ({
    type: 'PERCENTAGE_UPDATED',
    at: iso(startedAt + minutes * MINUTE),
    description: `Configuration available to ${percent}% of clients`,
  });
  return {
    application: 'checkout',
    environment: 'prod',
    number,
    state: 'COMPLETE',
    startedAt: iso(startedAt),
    events: [
      { type: 'DEPLOYMENT_STARTED', at: iso(startedAt) },
      ...[1, 2, 3, 4, 5].map((n) => step(2 * n, 20 * n)),
      { type: 'BAKE_TIME_STARTED', at: iso(startedAt + 10 * MINUTE) },
      { type: 'DEPLOYMENT_COMPLETED', at: iso(startedAt + 20 * MINUTE) },
    ],
  };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tune-'));
  const random = seeded(42);
  // Six days of some twenty errors a minute, with a daily wave.
  const points = Array.from({ length: 6 * 1_440 }, (_, index) => {
    const mean = 20 + 5 * Math.sin((2 * Math.PI * index) / 1_440);
    return [iso(START + index * MINUTE), poisson(mean, random)];
  });
  const deployments = [1, 3].map((day, index) => deployment(index + 1, START + day * 1_440 * MINUTE));
  writeFileSync(join(folder, 'deployments.json'), JSON.stringify(deployments));
  writeFileSync(
    join(folder, 'series.json'),
    JSON.stringify([{ rule: 'errors', period: '60s', growing: true, points }]),
  );
  writeFileSync(join(folder, 'p.yaml'), policy({ rules: [rule] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tune(...args: readonly string[]): Promise<Ran> {
  const connect = () => {
    throw new Error('nobody is asked');
  };
  const clock = { speed: 1, now: () => START, elapsed: () => 0, sleep: async () => {} };
  const all = ['--policy', join(folder, 'p.yaml'), '--data', folder, ...args];
  return runIn({}, (io) => tuneCommand({ io, clock, connect }), ...all);
}

const answer = z.looseObject({
  yaml: z.string(),
  proposals: z.array(
    z.looseObject({
      judge: z.looseObject({ kind: z.string(), above: z.number().optional(), breaching: z.string().optional() }),
      falseStopsAYear: z.number(),
      placements: z.number(),
      effects: z.array(z.looseObject({ effect: z.number(), share: z.number() })),
    }),
  ),
});

describe('tune', () => {
  test('proposes bounds that hold on the other half, and a rule that loads', async () => {
    const args = [
      '--rule',
      'errors',
      '--effects',
      '5',
      '--placebos',
      '80',
      '--a-year',
      '100',
      '--false-stops',
      '2',
      '--json',
    ];
    const ran = await tune(...args);
    expect([ran.code, ran.err]).toEqual([0, '']);
    const { proposals: all, yaml } = answer.parse(JSON.parse(ran.out));
    const proposals = all.filter(({ judge }) => judge.kind === 'threshold');
    expect(proposals.map(({ judge }) => judge.breaching).toSorted()).toEqual(['1 of 1', '2 of 3', '3 of 3', '3 of 5']);
    for (const { judge, effects, placements } of proposals) {
      const bound = judge.above ?? 0;
      expect(placements).toBe(80);
      // A bound over what there is at all, and below what five times as many errors would be.
      expect(bound).toBeGreaterThan(20);
      expect(bound).toBeLessThan(60);
      expect(effects).toEqual([
        expect.objectContaining({ effect: 1, share: expect.closeTo(0.02, 1) }),
        expect.objectContaining({ effect: 5, share: 1 }),
      ]);
    }
    // The more datapoints must breach, the tighter the bound may be.
    const boundOf = (breaching: string) =>
      proposals.find(({ judge }) => judge.breaching === breaching)?.judge.above ?? 0;
    expect(boundOf('3 of 3')).toBeLessThan(boundOf('1 of 1'));
    const loaded = loadPolicy({ path: 'p', text: policy(parse(yaml)) }, {});
    expect(loaded.ok ? '' : formatPolicyErrors(loaded.errors)).toBe('');
    expect(parse(yaml).rules[0].judge).toEqual(all[0]?.judge);
    const others = all.filter(({ judge }) => judge.kind !== 'threshold');
    expect(others.map(({ judge }) => judge)).toEqual(
      expect.arrayContaining([
        { kind: 'dose', metric: 'counts' },
        { kind: 'dose', metric: 'counts', form: 'by-power' },
        { kind: 'threshold-or-dose', metric: 'counts' },
      ]),
    );
    for (const { effects } of others) {
      expect(effects[0]?.share).toBeLessThanOrEqual(0.05);
      expect(effects[1]?.share).toBeGreaterThanOrEqual(0.9);
    }
    for (const { judge } of all) {
      const file = loadPolicy({ path: 'p', text: policy({ rules: [{ ...rule, judge }] }) }, {});
      expect(file.ok ? '' : formatPolicyErrors(file.errors), JSON.stringify(judge)).toBe('');
    }
    expect((await tune(...args)).out).toBe(ran.out);
  }, 60_000);

  test('tells a table and the rule as it would stand in the file', async () => {
    const ran = await tune('--rule', 'errors', '--below', '--effects', '0.1', '--placebos', '20');
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("checkout/prod/2's schedule");
    expect(ran.out).toMatch(/│ judge +│ false stops │ 95 % interval +│ a year │ finds 0\.1 times +│/);
    expect(ran.out).toContain(stringify({ rules: [rule] }).slice(0, 60));
    expect(ran.out).toMatch(/threshold below \d+, 3 of 3/);
    expect(ran.out).toContain('threshold-or-dose');
  }, 30_000);

  test('says which rules there are', async () => {
    const ran = await tune('--rule', 'nothing');
    expect([ran.code, ran.err]).toEqual([
      2,
      'error: no rule nothing with a source in the policy file; there are: errors\n',
    ]);
  });
});

describe('bounds', () => {
  const piece: Piece = {
    query: 'q',
    from: START,
    to: START + 6 * MINUTE,
    period: MINUTE,
    growing: false,
    points: [1, 9, 2, 7, 8, 3].map((value, index) => ({ at: START + index * MINUTE, value, settled: true })),
    inputs: {},
  };

  test.each([
    [1, 1, 'above', 9],
    [2, 3, 'above', 7],
    [3, 3, 'above', 3],
    [3, 5, 'above', 7],
    [1, 1, 'below', 1],
    [2, 3, 'below', 2],
    [4, 4, 'below', 8],
  ] as const)('%d of %d %s', (need, of, side, bound) => {
    expect(reached(piece, START, START + 6 * MINUTE, need, of, side)).toBe(bound);
  });

  test('are rounded to the safe side', () => {
    expect([readable(41.234, 'above'), readable(41.234, 'below'), readable(0.012345, 'above')]).toEqual([
      41.3, 41.2, 0.0124,
    ]);
    expect([readable(0, 'above'), readable(-41.234, 'below')]).toEqual([0, -41.3]);
  });
});
