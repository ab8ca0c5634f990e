/** That the laws can fail: each has a deliberate fault that breaks it, and what broke it is made small. */
import { expect, test } from 'vitest';
import { broken, LAWS } from './laws/index.ts';
import { MUTANTS } from './mutants.ts';
import { run } from './run.ts';
import { draw } from './scenario/draw.ts';
import { MINUTE, type Scenario } from './scenario/scenario.ts';
import { shrink } from './shrink.ts';

/** Nothing goes wrong: one deployment that does harm and one that does not, enforced and observed. */
const CALM: Scenario = {
  seed: 1,
  daemons: 1,
  poll: '0 * * * * *',
  limits: { stops: 100, per: '10m' },
  stop: { timeout: '10s', budget: '2m', deadline: '10m', followEvery: '5s' },
  settle: '60s',
  aws: { baking: 'strict', bakingEnvironmentState: 'DEPLOYING', stopAnswer: 'full', rollback: 5_000 },
  slowest: 300,
  targets: [{ name: 'main', account: '111122223333', region: 'eu-west-1', byRole: false }],
  environments: ['bad', 'good', 'seen'].map((name) => ({ name, target: 'main', alarm: 'none' })),
  policies: ['bad', 'good', 'seen'].map((name) => ({
    name,
    environment: name,
    mode: name === 'seen' ? 'observe' : 'enforce',
    baking: 'stop',
    rules: ['rate'],
    stopWhen: 'any',
    onUnknown: { after: 5 * MINUTE, do: 'hold' },
    changes: [],
  })),
  deployments: ['bad', 'good', 'seen'].map((environment) => ({
    environment,
    at: 2 * MINUTE,
    harm: environment === 'good' ? 0 : 60,
    growth: 'LINEAR',
    factor: 20,
    minutes: 9,
    bakeMinutes: 2,
  })),
  faults: [],
  ends: [],
  reloads: [],
  clocks: [],
  disks: [],
};

/** Numbers cannot be had from shortly before a deployment on. */
const MUTE: Scenario = {
  ...CALM,
  deployments: [
    { environment: 'good', at: 2 * MINUTE, harm: 0, growth: 'LINEAR', factor: 20, minutes: 3, bakeMinutes: 0 },
    { environment: 'good', at: 10 * MINUTE, harm: 0, growth: 'LINEAR', factor: 20, minutes: 9, bakeMinutes: 0 },
  ],
  faults: [{ from: 7 * MINUTE, to: 25 * MINUTE, rule: { kind: 'throttling', service: 'cloudwatch' } }],
};

test('without a fault the small scenarios break no law', async () => {
  expect(broken(await run(CALM))).toEqual([]);
  expect(broken(await run(MUTE))).toEqual([]);
});

/** Deployments cannot be listed from before the first one on, though their environments can. */
const UNLISTED: Scenario = {
  ...CALM,
  faults: [{ from: MINUTE, to: 600 * MINUTE, rule: { kind: 'internal-server-error', operation: 'ListDeployments' } }],
};

test('harm where nothing can be listed is told, and only what is critical is taken for telling', async () => {
  expect(broken(await run(UNLISTED))).toEqual([]);
  const silent = await run(UNLISTED, { tell: (one) => (one.event.kind === 'unguarded' ? [] : [one]) });
  expect(broken(silent).map((one) => one.law)).toContain('harmIsStoppedOrTold');
});

test('there is a mutant for each law', () => {
  expect(Object.keys(MUTANTS).toSorted()).toEqual(Object.keys(LAWS).toSorted());
});

test.each(Object.entries(MUTANTS))('%s can be broken', async (law, mutant) => {
  const ran = await run(law === 'unknownIsNotTaken' ? MUTE : CALM, mutant);
  expect(broken(ran).map((one) => one.law)).toContain(law);
});

test('what breaks a law is made small', async () => {
  const law = 'healthyIsLeftAlone';
  const mutant = MUTANTS[law];
  const { scenario } = await shrink(draw(109), { law, tries: 50, ...(mutant === undefined ? {} : { mutant }) });
  expect(scenario.deployments.length).toBeLessThanOrEqual(2);
  expect(scenario.environments).toHaveLength(1);
  expect([...scenario.faults, ...scenario.ends, ...scenario.reloads, ...scenario.clocks]).toEqual([]);
  const again = await run(scenario, mutant);
  expect(broken(again).map((one) => one.law)).toContain(law);
}, 240_000);
