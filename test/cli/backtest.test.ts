/** `backtest` and `tune` as processes against the sandbox: what takes --yes, and what is older than minutes are kept. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openShop, type Shop } from '../../src/demo/shop.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { alignDown } from '../../src/lib/periods.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { runToEnd } from '../built/support/process.ts';
import { directClient } from '../scenario/support/direct-client.ts';
import { ERROR_RATE, policy } from '../scenario/support/policy.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };

const folder = mkdtempSync(join(tmpdir(), 'cli-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

interface Past extends AsyncDisposable {
  readonly clock: DrivenClock;
  readonly sandbox: Sandbox;
  shop(application: string, minutes: number): Promise<Shop>;
  put(metric: string, value: number): void;
  /** Goes on to the real now, by which the commands look back. */
  now(): Promise<void>;
  run(...args: readonly string[]): ReturnType<typeof runToEnd>;
  asked(): number;
}

/** A sandbox whose clock stands so long ago. */
async function past(ago: number): Promise<Past> {
  const clock = drivenClock(alignDown(Date.now(), MINUTE) - ago);
  const sandbox = await startSandbox({ clock });
  for (const [name, value] of Object.entries(KEYS)) vi.stubEnv(name, value);
  const client = directClient(sandbox, '111122223333', 'eu-west-1');
  const { cloudwatch } = sandbox.state('111122223333', 'eu-west-1');
  const env = { ...KEYS, AWS_ENDPOINT_URL: sandbox.url, AWS_REGION: 'eu-west-1' };
  return {
    clock,
    sandbox,
    shop: (application, minutes) =>
      openShop({ client, application, rollout: { growth: 'LINEAR', factor: 20, minutes, bakeMinutes: minutes } }),
    put: (metric, value) => cloudwatch.put([{ namespace: 'Shop', metric, value }]),
    now: () => clock.advanceTo(Date.now()),
    run: (...args) => runToEnd(MAIN, args, { env }),
    asked: () => sandbox.requests().filter(({ operation }) => operation === 'GetMetricData').length,
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      client.destroy();
      await sandbox.stop();
    },
  };
}

describe('above 10,000 metrics', () => {
  const METRICS = 400;
  const SHOPS = 6;
  /** Five rules of 400 metrics each: two thousand for one deployment. */
  const rules = Array.from({ length: 5 }, (_, index) => {
    const metric = (at: number) => [`m${at}`, { namespace: 'Shop', metric: `M${index}-${at}`, stat: 'Sum' }];
    const metrics = Object.fromEntries(Array.from({ length: METRICS }, (_, at) => metric(at)));
    const source = { kind: 'cloudwatch', period: '60s', metrics, expression: 'SUM(METRICS())' };
    return { name: `rule-${index}`, source, judge: { kind: 'threshold', above: 1 } };
  });
  const file = path('many.yaml');
  writeFileSync(file, policy({ match: { application: 'checkout-*', environment: 'prod' }, rules }));

  test('nothing is asked without --yes, and it is told what it would cost', async () => {
    await using here = await past(40 * MINUTE);
    for (let number = 1; number <= SHOPS; number++) {
      await (await here.shop(`checkout-${number}`, 5)).deploy({ flag: 'good' });
    }
    await here.now();
    const since = ['--policy', file, '--since', '1h'];
    const cost = '6 deployments: 12000 metrics to ask CloudWatch for (about 0.1200 USD)\n';
    const takesYes = 'error: more than 10000 metrics are asked for with --yes only\n';
    const refused = await here.run('backtest', ...since);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain(cost);
    expect(refused.stderr).toContain(takesYes);
    expect(here.asked()).toBe(0);
    // Five sixths of it is no more than is free.
    const five = ['checkout-1', 'checkout-2', 'checkout-3', 'checkout-4', 'checkout-5'];
    writeFileSync(path('five.yaml'), policy({ match: { application: five, environment: 'prod' }, rules }));
    const free = await here.run('backtest', '--policy', path('five.yaml'), '--since', '1h');
    expect([free.code, free.stderr]).toEqual([0, expect.stringContaining('5 deployments: 10000 metrics')]);
    const before = here.asked();
    const agreed = await here.run('backtest', ...since, '--yes');
    expect([agreed.code, agreed.stderr]).toEqual([0, expect.stringContaining(cost)]);
    expect(agreed.stderr).not.toContain(takesYes);
    expect(here.asked()).toBeGreaterThan(before);
    // Only the rule that is tuned is asked for: it is below what takes --yes, and answered that there is nothing.
    const tuned = await here.run('tune', '--rule', 'rule-0', ...since);
    expect([tuned.code, tuned.stderr]).toEqual([1, expect.stringContaining('the history of rule-0 has no room')]);
    expect(tuned.stderr).toContain('6 deployments: 2400 metrics to ask CloudWatch for');
  });
});

describe('older than minutes are kept', () => {
  const series = z.array(z.looseObject({ rule: z.string(), period: z.string(), points: z.array(z.unknown()) }));
  const report = z.looseObject({
    deployments: z.array(
      z.looseObject({
        result: z.string(),
        rules: z.array(z.looseObject({ looks: z.record(z.string(), z.number()) })),
        stop: z.looseObject({ because: z.array(z.string()) }).optional(),
      }),
    ),
    notes: z.array(z.string()),
  });
  const file = path('old.yaml');
  writeFileSync(file, policy({ rules: [ERROR_RATE] }));

  test.each([
    [10, '1m', []],
    [20, '5m', ['error-rate: 5m instead of 1m, which is not kept that long']],
    [70, '1h', ['error-rate: 1h instead of 1m, which is not kept that long']],
  ])('a deployment of %i days ago is judged by periods of %s', async (days, period, told) => {
    await using here = await past(days * DAY);
    // Long enough that two coarse periods lie in it.
    const shop = await here.shop('checkout', 180);
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        here.put('Requests', 6_000);
        here.put('Errors', 6 + 1_200 * (await shop.badShare()));
        await here.clock.advance(MINUTE);
      }
    };
    await minutes(120);
    await shop.deploy({ flag: 'bad' });
    await minutes(420);
    await here.now();
    const args = ['--policy', file, '--since', '100d', '--json', '--save', path(`past-${days}`)];
    const ran = await here.run('backtest', ...args);
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('1 deployment: 2 metrics')]);
    const { deployments, notes } = report.parse(JSON.parse(ran.stdout));
    const asked = series.parse(JSON.parse(readFileSync(join(path(`past-${days}`), 'series.json'), 'utf8')));
    expect([...new Set(asked.map((one) => one.period))]).toEqual([period]);
    expect(asked[0]?.points.length).toBeGreaterThan(4);
    expect(notes.filter((note) => note.includes('instead of'))).toEqual(
      told.map((text) => expect.stringContaining(text)),
    );
    expect(deployments[0]?.stop?.because[0]).toContain(`of the last 3 datapoints of ${period} (2 needed)`);
  });
});
