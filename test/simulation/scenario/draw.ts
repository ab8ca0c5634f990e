/** A scenario out of a seed. A quarter of them are calm: nothing goes wrong, and the daemon must be exact. */
import type { FaultRule } from '../../../src/sandbox/faults.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type DeploymentPlan, MINUTE, type Mode, type PolicyPlan, type Scenario } from './scenario.ts';

type Targets = Scenario['targets'];
type Environments = Scenario['environments'];

const HOUR = 60 * MINUTE;
const OFTEN = ['0 * * * * *', '0 * * * * *', '0 * * * * *'] as const;
/** When the last deployment begins, and when the last trouble is over. */
const LENGTH = 1.5 * HOUR;

function targetsOf(chance: Chance): Targets {
  const all: Targets = [
    { name: 'main', account: '111122223333', region: 'eu-west-1', byRole: false },
    { name: 'far', account: '111122223333', region: 'us-east-2', byRole: false },
    { name: 'other', account: '444455556666', region: 'eu-west-1', byRole: true },
  ];
  return all.slice(0, chance.of([1, 1, 2, 3]));
}

function environmentsOf(chance: Chance, targets: Targets): Environments {
  return Array.from({ length: chance.between(4, 24) }, (_, index) => ({
    name: `env${index}`,
    target: targets[index % targets.length]?.name ?? '',
    alarm: chance.of(['none', 'none', 'watched', 'watched', 'monitor'] as const),
  }));
}

function changesOf(chance: Chance): PolicyPlan['changes'] {
  if (!chance.happens(0.25)) return [];
  const modes = Array.from({ length: chance.between(1, 3) }, () => chance.of<Mode>(['enforce', 'observe', 'absent']));
  return modes.map((to) => ({ at: Math.round(chance.next() * LENGTH), to })).sort((one, other) => one.at - other.at);
}

/** What policies judge by, beside the alarm. */
const RULES: readonly [PolicyPlan['rules'], ...PolicyPlan['rules'][]] = [
  ['rate'],
  ['rate'],
  ['ratio'],
  ['rate', 'ratio'],
  ['hook'],
  ['hook'],
  ['rate', 'hook'],
];

function policiesOf(chance: Chance, environments: Environments, shaken: boolean): PolicyPlan[] {
  return environments.flatMap((environment) =>
    Array.from({ length: chance.of([1, 1, 1, 1, 2, 3]) }, (_, index): PolicyPlan => {
      const rules = chance.of(RULES);
      const alarmed = environment.alarm !== 'none' && chance.happens(0.5);
      return {
        name: `${environment.name}-${index}`,
        environment: environment.name,
        mode: chance.of<Mode>(['enforce', 'enforce', 'enforce', 'observe']),
        baking: chance.of(['stop', 'stop', 'ignore'] as const),
        rules: alarmed ? chance.of<PolicyPlan['rules']>([['pager'], [...rules, 'pager']]) : rules,
        stopWhen: chance.of(['any', 'any', 'all'] as const),
        onUnknown: {
          after: chance.of([2, 5]) * MINUTE,
          do: shaken && chance.happens(0.15) ? 'stop' : 'hold',
        },
        changes: shaken ? changesOf(chance) : [],
      };
    }),
  );
}

function deploymentOf(chance: Chance, environment: string, at: number): DeploymentPlan {
  return {
    environment,
    at,
    harm: chance.happens(0.5) ? chance.of([8, 20, 60]) : 0,
    growth: chance.of(['LINEAR', 'LINEAR', 'EXPONENTIAL'] as const),
    factor: chance.of([10, 20, 50, 100]),
    minutes: chance.of([1, 2, 3, 5, 9]),
    bakeMinutes: chance.of([0, 1, 4]),
    ...(chance.happens(0.08) ? { stoppedAfter: chance.between(1, 900) * 1_000 } : {}),
  };
}

function deploymentsOf(chance: Chance, environments: Environments): DeploymentPlan[] {
  return environments.flatMap(({ name }) => {
    const plans: DeploymentPlan[] = [];
    for (let at = chance.between(5_000, 10 * MINUTE); at < LENGTH; at += chance.between(6, 20) * MINUTE) {
      plans.push(deploymentOf(chance, name, at));
    }
    return plans;
  });
}

const OPERATIONS = [
  'ListApplications',
  'ListEnvironments',
  'ListDeployments',
  'GetDeployment',
  'StopDeployment',
  'GetMetricData',
  'DescribeAlarms',
  'GetCallerIdentity',
  'AssumeRole',
] as const;

function placeOf(chance: Chance): Partial<FaultRule> {
  const place = chance.next();
  if (place < 0.35) return { operation: chance.of(OPERATIONS) };
  if (place < 0.5) return { service: chance.of(['appconfig', 'cloudwatch', 'sts'] as const) };
  if (place < 0.65) return { region: chance.of(['eu-west-1', 'us-east-2'] as const) };
  if (place < 0.75) return { account: chance.of(['111122223333', '444455556666'] as const) };
  return {};
}

/** A rule of any of the sandbox's kinds. */
function ruleOf(chance: Chance, settle: number): FaultRule {
  const kind = chance.of([
    'throttling',
    'internal-server-error',
    'unavailable-html',
    'reset',
    'hang',
    'expired-token',
    'lost-answer',
    'latency',
    'partial-data',
    'internal-error',
    'forbidden',
    'late-datapoints',
    'revised-datapoints',
    'unknown-fields',
    'unknown-states',
    'unknown-events',
  ] as const);
  const often = chance.happens(0.4) ? {} : { probability: chance.of([0.05, 0.3, 0.7]) };
  const place = placeOf(chance);
  switch (kind) {
    case 'latency':
      return { kind, ...place, ...often, ms: chance.of([500, 5_000, 14_000, 19_500, 45_000]) };
    case 'late-datapoints':
      return { kind, by: chance.of([30_000, settle, 4 * MINUTE]) };
    case 'revised-datapoints':
      // Within the time that the policy gives a period to settle: later nobody can tell a revision from the truth.
      return { kind, by: chance.of([30_000, settle]), factor: chance.of([0, 0.1, 30]) };
    case 'lost-answer':
      return { kind, ...often, operation: chance.of(['StopDeployment', 'StopDeployment', ...OPERATIONS]) };
    default:
      return { kind, ...place, ...often };
  }
}

function spanOf(chance: Chance, longest: number) {
  const from = Math.round(chance.next() * LENGTH);
  return { from, to: from + Math.round(chance.next() * longest) + 1_000 };
}

function many<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}

/** Everything that goes wrong. */
function troubleOf(chance: Chance, settle: number, daemons: number) {
  const harsh = chance.happens(0.5) ? 1 : 2;
  return {
    faults: many(chance.between(0, 6 * harsh), () => {
      const span = spanOf(chance, chance.of([2, 10, 30]) * MINUTE);
      return { ...span, rule: ruleOf(chance, settle) };
    }),
    ends: many(chance.of([0, 1, 3, 6]) * harsh, () => ({
      daemon: chance.between(0, daemons - 1),
      at: Math.round(chance.next() * LENGTH),
      how: chance.of(['kill', 'kill', 'kill', 'term'] as const),
      steps: chance.between(1, 60),
      downFor: chance.of([0, 1_000, 20_000, 4 * MINUTE]),
    })),
    reloads: many(chance.of([0, 0, 2, 6]), () => Math.round(chance.next() * LENGTH)),
    clocks: chance.happens(0.25)
      ? many(chance.of([1, 2]), () => ({
          ...spanOf(chance, 10 * MINUTE),
          by: chance.of([-2 * HOUR, 2 * HOUR, 73 * HOUR, -MINUTE, 10 * MINUTE]),
        }))
      : [],
    disks: many(chance.of([0, 0, 1, 3]), () => ({
      ...spanOf(chance, 20 * MINUTE),
      kind: chance.of(['full', 'broken', 'locked', 'deleted'] as const),
    })),
  };
}

const NO_TROUBLE: ReturnType<typeof troubleOf> = { faults: [], ends: [], reloads: [], clocks: [], disks: [] };

export function draw(seed: number): Scenario {
  const chance = chanceOf(seed);
  const shaken = !chance.happens(0.25);
  const daemons = shaken && chance.happens(0.12) ? 2 : 1;
  const targets = targetsOf(chance);
  const environments = environmentsOf(chance, targets);
  const settle = chance.of([60_000, 120_000]);
  return {
    seed,
    daemons,
    poll: chance.of([...OFTEN, ...OFTEN, '*/30 * * * * *', '*/30 * * * * *', '*/15 * * * * *'] as const),
    limits: { stops: shaken ? chance.of([2, 100, 100]) : 100, per: '10m' },
    stop: { timeout: '10s', budget: chance.of(['20s', '2m']), deadline: '10m', followEvery: chance.of(['5s', '20s']) },
    settle: `${settle / 1_000}s`,
    aws: {
      baking: chance.of(['strict', 'lenient'] as const),
      bakingEnvironmentState: chance.of(['DEPLOYING', 'READY_FOR_DEPLOYMENT'] as const),
      stopAnswer: chance.of(['full', 'minimal'] as const),
      rollback: chance.of([0, 5_000, 90_000, 12 * MINUTE]),
    },
    slowest: shaken ? chance.of([300, 3_000, 12_000]) : 300,
    targets,
    environments,
    policies: policiesOf(chance, environments, shaken),
    deployments: deploymentsOf(chance, environments),
    ...(shaken ? troubleOf(chance, settle, daemons) : NO_TROUBLE),
  };
}
