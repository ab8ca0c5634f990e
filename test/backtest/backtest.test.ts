/** Good and bad deployments in the sandbox, and then the command over real HTTP: what the policy would have done. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StopDeploymentCommand, TagResourceCommand } from '@aws-sdk/client-appconfig';
import { randomLcg, randomPoisson } from 'd3-random';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { backtestCommand } from '../../src/cli/backtest.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { tuneCommand } from '../../src/cli/tune.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { type Ran, runIn } from '../cli/explain-status-io.ts';
import { alarmRule, ERROR_RATE, policy } from '../scenario/support/policy.ts';
import { type World, world } from '../scenario/support/world.ts';

let here: World;
let folder: string;
const path = (name: string) => join(folder, name);

function file(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

async function state(number: number): Promise<string> {
  return (await here.shop.get(number)).State ?? '';
}

/** One after the other: good, bad and undone by hand in its bake, good, bad and never undone. */
async function deployAll(): Promise<void> {
  for (const flag of ['good', 'bad', 'good', 'bad'] as const) {
    const number = await here.shop.deploy({ flag });
    if (number === 2) {
      await here.until('it bakes', async () => (await state(number)) === 'BAKING');
      const { applicationId: ApplicationId, environmentId: EnvironmentId } = here.shop;
      const stop = { ApplicationId, EnvironmentId, DeploymentNumber: number, AllowRevert: true };
      await here.client.send(new StopDeploymentCommand(stop));
    }
    await here.until('it is over', async () => ['COMPLETE', 'ROLLED_BACK', 'REVERTED'].includes(await state(number)));
    await here.advance('15m');
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
  here = await world({ daemon: false });
  await deployAll();
}, 60_000);
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function backtest(...args: readonly string[]): Promise<Ran> {
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: here.clock });
  return runIn({}, (io) => backtestCommand({ io, clock: here.clock, connect }), ...args);
}

const row = z.looseObject({
  deployment: z.string(),
  result: z.string(),
  truth: z.looseObject({ is: z.string(), by: z.string() }),
  outcome: z.looseObject({ kind: z.string(), by: z.string().optional() }),
  stop: z.looseObject({ at: z.string(), exposure: z.number(), because: z.array(z.string()) }).optional(),
  delayMs: z.number().optional(),
  soonerMs: z.number().optional(),
  exposureMinutes: z.number(),
  savedExposureMinutes: z.number(),
});
const answer = z.looseObject({
  totals: z.looseObject({
    falseStops: z.number(),
    misses: z.number(),
    late: z.number(),
    stopped: z.number(),
    savedMinutes: z.number(),
  }),
  deployments: z.array(row),
  power: z.array(
    z.looseObject({
      placements: z.number(),
      effects: z.array(z.looseObject({ effect: z.number(), share: z.number(), medianDelay: z.number().optional() })),
    }),
  ),
  notes: z.array(z.string()),
});

async function told(...args: readonly string[]) {
  const ran = await backtest('--json', ...args);
  return { ...ran, ...answer.parse(JSON.parse(ran.out)) };
}

describe('over AWS', () => {
  test('the bad ones are stopped early and the good ones left alone', async () => {
    const { code, deployments, totals } = await told('--policy', file('p.yaml', policy()), '--since', '1d');
    expect(code).toBe(0);
    expect(deployments.map(({ result }) => result)).toEqual(['left-alone', 'stopped', 'left-alone', 'false-stop']);
    const [, undone] = deployments;
    expect(undone?.outcome).toMatchObject({ by: 'USER' });
    expect(undone?.stop?.exposure).toBeGreaterThan(0);
    expect(undone?.stop?.exposure).toBeLessThanOrEqual(0.6);
    expect(undone?.stop?.because[0]).toMatch(/^error-rate: 100 \* errors \/ requests above 1: \d of the last 3/);
    expect(undone?.delayMs).toBeGreaterThan(60_000);
    expect(undone?.soonerMs).toBeGreaterThan(60_000);
    expect(undone?.savedExposureMinutes).toBeGreaterThan(0);
    expect(undone?.savedExposureMinutes).toBeLessThan(undone?.exposureMinutes ?? 0);
    expect(totals).toMatchObject({ falseStops: 1, misses: 0, stopped: 1 });
  });

  test('deployments are found by the tags of their environment, in each target that a policy names', async () => {
    const { applicationId, environmentId } = here.shop;
    const arn = `arn:aws:appconfig:eu-west-1:111122223333:application/${applicationId}/environment/${environmentId}`;
    await here.client.send(new TagResourceCommand({ ResourceArn: arn, Tags: { team: 'payments' } }));
    const targets = [
      { name: 'main', region: 'eu-west-1', account: '111122223333' },
      { name: 'far', region: 'us-east-1', account: '111122223333' },
    ];
    const tagged = (team: string, ...names: readonly string[]) => {
      const match = { application: 'checkout', environment: 'prod*', tags: { team }, targets: names };
      return backtest('--json', '--policy', file('tags.yaml', policy({ match }, { targets })));
    };
    // More calls than a second of the client's own limits has: its clock has to go on.
    const timer = setInterval(() => void here.clock.advance(1_000), 20);
    onTestFinished(() => clearInterval(timer));
    const found = await tagged('payments', 'main', 'far');
    expect(answer.parse(JSON.parse(found.out)).deployments.length).toBe(4);
    expect(found.err).toMatch(/far: 0 environments/);
    expect((await tagged('search', 'main')).code).toBe(3);
    expect((await tagged('payments', 'far')).code).toBe(3);
  });

  test("the operator's label says what the outcome does not", async () => {
    const labels = file('labels.yaml', 'checkout/prod/4: bad\nsearch/prod/9: good\n');
    const { deployments, totals, err } = await told('--policy', file('p.yaml', policy()), '--labels', labels);
    expect(deployments.at(-1)).toMatchObject({ result: 'stopped', truth: { is: 'bad', by: 'label' } });
    expect(totals).toMatchObject({ falseStops: 0, misses: 0, stopped: 2 });
    expect(err).toContain('labels of deployments that are not here: search/prod/9');
  });

  test('a policy that is too lenient misses them, and one with the daemon’s latency is later than the numbers', async () => {
    const lenient = { ...ERROR_RATE, judge: { kind: 'threshold', above: 90 } };
    const missed = await told('--policy', file('lenient.yaml', policy({ rules: [lenient] })));
    expect(missed.totals).toMatchObject({ stopped: 0, misses: 1, falseStops: 0 });
    const [prompt, late] = await Promise.all(
      ['0s', '5m'].map((settle) =>
        told(
          '--policy',
          file(`${settle}.yaml`, policy({ rules: [{ ...ERROR_RATE, settle }] })),
          '--deployment',
          'checkout/prod/2',
        ),
      ),
    );
    const [lagging, blind] = await Promise.all(
      ['1m', '4m'].map((lag) => told('--policy', path('0s.yaml'), '--deployment', 'checkout/prod/2', '--lag', lag)),
    );
    const delays = [prompt, late, lagging].map((one) => one?.deployments[0]?.delayMs ?? Number.NaN);
    expect((delays[1] ?? 0) - (delays[0] ?? 0)).toBe(300_000);
    expect((delays[2] ?? 0) - (delays[0] ?? 0)).toBe(60_000);
    // The three newest periods are always missing then: `settle` is too short for such a store.
    expect(blind?.deployments[0]?.stop).toBeUndefined();
    expect(blind?.notes).toContain(
      'Datapoints are taken to come 4m after their period (--lag): until then they are missing.',
    );
  });

  test('a table with progress beside it, and a report that needs nothing else', async () => {
    const report = path('report.html');
    const rules = [ERROR_RATE, alarmRule(['too-many-errors'])];
    const ran = await backtest('--policy', file('alarm.yaml', policy({ rules })), '--html', report);
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('4 deployments: 8 metrics to ask CloudWatch for (about 0.0001 USD)');
    expect(ran.err).toContain('numbers of 4 of 4 deployments');
    expect(ran.out).toMatch(/checkout\/prod\/2 .* (rolled back|reverted) by USER .* bad\? .* stopped/);
    expect(ran.out).toContain('False stops: 1 of 3 good ones.');
    expect(ran.out).toMatch(
      /Exposure of the bad ones: [\d.]+ minutes of all clients, of which the stops save [\d.]+ \(\d/,
    );
    expect(ran.out).toContain('pager: what a trigger (alarm) said in the past is not known: it takes no part');
    const html = readFileSync(report, 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(4);
    expect(html.match(/class="line" d="M/g)).toHaveLength(4);
    expect(html.match(/line class="stop"/g)).toHaveLength(2);
    expect(html).not.toMatch(/(?:src|href)="(?!#)|url\((?!#)|<script|@import/);
    expect(html).toContain('error-rate: 100 * errors / requests above 1');
  });

  test('placebos stop nothing, and an injected effect is found', async () => {
    const rule = {
      name: 'errors',
      source: {
        kind: 'cloudwatch',
        period: '60s',
        metrics: { errors: { namespace: 'Shop', metric: 'Errors', stat: 'Sum' } },
      },
      judge: { kind: 'threshold', above: 20 },
    };
    const args = ['--policy', file('errors.yaml', policy({ rules: [rule] })), '--placebos', '20', '--effects', '20'];
    // Nothing is deployed for long enough that placements find room.
    await here.advance('4h');
    const [first, again] = [await told(...args), await told(...args)];
    expect(first.power).toEqual(again.power);
    const [power] = first.power;
    expect(power?.placements).toBeGreaterThan(5);
    expect(power?.effects.map(({ effect }) => effect)).toEqual([1, 20]);
  }, 30_000);
});

test('bounds are proposed out of AWS as well', async () => {
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: here.clock });
  const command = (io: CliIo) => tuneCommand({ io, clock: here.clock, connect });
  const args = ['--policy', path('two.yaml'), '--rule', 'error-rate', '--since', '1d', '--placebos', '20'];
  // Another rule costs nothing: nobody asks for its history.
  file('two.yaml', policy({ rules: [ERROR_RATE, { ...ERROR_RATE, name: 'other' }] }));
  // The older half of the history needs room away from the deployments, too.
  await here.advance('6h');
  const ran = await runIn({}, command, ...args);
  expect([ran.code, ran.err]).toEqual([0, expect.stringContaining('4 deployments: 2 metrics to ask CloudWatch for')]);
  expect(ran.out).toContain('    judge:\n      kind: threshold\n      above: ');
}, 30_000);

describe('from files', () => {
  test('what was saved gives the same without asking anybody', async () => {
    const args = ['--policy', file('p.yaml', policy())];
    const asked = await told(...args, '--save', path('past'));
    const before = here.sandbox.requests().length;
    const given = await told(...args, '--data', path('past'));
    expect(here.sandbox.requests().length).toBe(before);
    expect(given.deployments).toEqual(asked.deployments);
    expect(given.totals).toEqual(asked.totals);
  });

  test('files that are not as documented are told with their place', async () => {
    file('deployments.json', '[{"application":"a"}]');
    file('series.json', '[]');
    const ran = await backtest('--policy', file('p.yaml', policy()), '--data', folder);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(/^error: deployments\.json: 0\.\w+: /)]);
    const missing = await backtest('--policy', path('p.yaml'), '--data', path('nowhere'));
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('ENOENT')]);
  });

  test('nothing to judge is told', async () => {
    const other = policy({ match: { application: 'search', environment: '*' } });
    const ran = await backtest('--policy', file('other.yaml', other));
    expect([ran.code, ran.out]).toEqual([3, '']);
    expect(ran.err).toContain('error: no deployment that is over and that a policy of the file watches');
  });
});

// Last: its world is another one, and the SDK is pointed at it.
test('a real daemon stopped at the very look that its backtest names', async () => {
  const rules = [{ ...ERROR_RATE, source: { ...ERROR_RATE.source, expression: '1000 * errors / requests / 10' } }];
  const text = policy({ rules });
  await using there = await world({ policy: text });
  const number = await there.shop.deploy({ flag: 'bad' });
  await there.untilReleased();
  const [decided] = there.of('stop-decided');
  await there.advance('30m');
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: there.clock });
  const io = (on: CliIo) => backtestCommand({ io: on, clock: there.clock, connect });
  const ran = await runIn({}, io, '--json', '--policy', file('daemon.yaml', text));
  const { deployments, totals } = answer.parse(JSON.parse(ran.out));
  expect(number).toBe(1);
  expect(deployments[0]?.stop?.at).toBe(new Date(decided?.at ?? 0).toISOString());
  expect(deployments[0]?.stop?.because).toEqual(decided?.because);
  expect(totals).toMatchObject({ stopped: 1, late: 0, misses: 0 });
});

test('so it did at a store whose datapoints come late: a read that misses one has it with the next', async () => {
  const rules = [{ ...ERROR_RATE, settle: '45s' }];
  const text = policy({ rules });
  await using there = await world({ policy: text });
  there.sandbox.faults.add({ kind: 'late-datapoints', by: 80_000 });
  await there.shop.deploy({ flag: 'bad' });
  await there.untilReleased();
  const [decided] = there.of('stop-decided');
  await there.advance('30m');
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: there.clock });
  const io = (on: CliIo) => backtestCommand({ io: on, clock: there.clock, connect });
  const ran = (lag: string) => runIn({}, io, '--json', '--policy', file('late.yaml', text), '--lag', lag);
  const at = async (lag: string) => answer.parse(JSON.parse((await ran(lag)).out)).deployments[0]?.stop?.at;
  expect(await at('80s')).toBe(new Date(decided?.at ?? 0).toISOString());
  expect(Date.parse((await at('0s')) ?? '')).toBeLessThan(decided?.at ?? 0);
});

test('so it did by a judge that is calibrated: the backtest calibrates on the same history', async () => {
  const judge = { kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests', history: '12h' };
  const text = policy({ rules: [{ ...ERROR_RATE, name: 'dose', judge }] });
  const poisson = randomPoisson.source(randomLcg(0.21));
  const rollout = { growth: 'LINEAR', factor: 10, minutes: 20, bakeMinutes: 10 } as const;
  await using there = await world({ policy: text, silent: true, rollout, daemon: false });
  for (let ago = 12 * 60; ago > 0; ago--) {
    const at = there.clock.now() - ago * 60_000;
    there.put('Requests', 2_000, at);
    there.put('Errors', poisson(10)(), at);
  }
  await there.restart();
  await there.shop.deploy({ flag: 'bad' });
  for (let minute = 0; minute < 45 && there.of('watch-released').length === 0; minute++) {
    there.put('Requests', 2_000);
    there.put('Errors', poisson(10 * (1 + 4 * (await there.shop.badShare())))());
    await there.advance('1m');
  }
  const [decided] = there.of('stop-decided');
  expect(decided?.because[0]).toMatch(/^dose: .* higher than expected; evidence .* against 100 needed/);
  await there.advance('30m');
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: there.clock });
  const io = (on: CliIo) => backtestCommand({ io: on, clock: there.clock, connect });
  const ran = await runIn({}, io, '--json', '--policy', file('dose.yaml', text));
  const { deployments, totals } = answer.parse(JSON.parse(ran.out));
  expect(deployments[0]?.stop?.at).toBe(new Date(decided?.at ?? 0).toISOString());
  expect(deployments[0]?.stop?.because).toEqual(decided?.because);
  expect(totals).toMatchObject({ stopped: 1, late: 0, misses: 0 });
}, 60_000);
