/** Five hundred deployments under watch at once in a container's memory of 128 MB: nothing is killed, and the bad ones are stopped. */
import {
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requirePart } from '../real/support/parts.ts';
import { type BellScene, openBell } from './support/bell.ts';
import { canCage, memoryCage } from './support/cage.ts';
import { memoryOf } from './support/memory.ts';
import { type Package, packProject } from './support/package.ts';
import { endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const MB = 1_024 * 1_024;
const TEAMS = 10;
const EACH = 50;
const BAD = 3;

const hasCage = requirePart('a control group for memory (root on Linux)', canCage());

/** A policy with a metric rule for each team, and one with an alarm for the bad ones. */
function policyText(journal: string): string {
  const metric = (name: string, team: number) =>
    `{ namespace: Shop, metric: ${name}, stat: Sum, dimensions: { Team: "${team}" } }`;
  const teams = Array.from(
    { length: TEAMS },
    (_, team) => `
  - name: team-${team}
    match: { application: many, environment: "t${team}-*" }
    mode: enforce
    rules:
      - name: error-rate
        source:
          kind: cloudwatch
          period: 60s
          metrics: { errors: ${metric('Errors', team)}, requests: ${metric('Requests', team)} }
          expression: 100 * errors / requests
        judge: { kind: threshold, above: 1, breaching: 1 of 2 }
        noData: healthy`,
  );
  return `version: 1
targets: [{ region: eu-west-1 }]
poll: "*/15 * * * * *"
stop: { followEvery: 1s }
policies:${teams.join('')}
  - name: bad
    match: { application: many, environment: "bad-*" }
    mode: enforce
    verify: { for: 10m }
    rules: [{ name: pager, trigger: { kind: alarm, names: [checkout-errors] } }]
http: { port: 0 }
journal: { path: "${journal}" }
`;
}

interface Deployed {
  readonly ApplicationId: string;
  readonly EnvironmentId: string;
  readonly DeploymentNumber: number;
}

async function deployAll({ appconfig }: BellScene): Promise<readonly Deployed[]> {
  const id = (answer: { readonly Id?: string | undefined }) => answer.Id ?? '';
  const ApplicationId = id(await appconfig.send(new CreateApplicationCommand({ Name: 'many' })));
  const ConfigurationProfileId = id(
    await appconfig.send(
      new CreateConfigurationProfileCommand({ ApplicationId, Name: 'flags', LocationUri: 'hosted' }),
    ),
  );
  const DeploymentStrategyId = id(
    await appconfig.send(
      new CreateDeploymentStrategyCommand({
        ...{ Name: 'slow', GrowthType: 'LINEAR', GrowthFactor: 10, ReplicateTo: 'NONE' },
        ...{ DeploymentDurationInMinutes: 600, FinalBakeTimeInMinutes: 10 },
      }),
    ),
  );
  const Content = new TextEncoder().encode('{}');
  const version = { ApplicationId, ConfigurationProfileId, ContentType: 'application/json', Content };
  await appconfig.send(new CreateHostedConfigurationVersionCommand(version));
  const deploy = async (Name: string): Promise<Deployed> => {
    const EnvironmentId = id(await appconfig.send(new CreateEnvironmentCommand({ ApplicationId, Name })));
    const what = { ApplicationId, EnvironmentId, ConfigurationProfileId, DeploymentStrategyId };
    const started = await appconfig.send(new StartDeploymentCommand({ ...what, ConfigurationVersion: '1' }));
    return { ApplicationId, EnvironmentId, DeploymentNumber: started.DeploymentNumber ?? 0 };
  };
  const bad = Array.from({ length: BAD }, (_, one) => `bad-${one}`);
  const good = Array.from({ length: TEAMS * EACH - BAD }, (_, one) => `t${one % TEAMS}-${one}`);
  const deployed: Deployed[] = [];
  for (const name of [...bad, ...good]) deployed.push(await deploy(name));
  return deployed;
}

it.runIf(hasCage)('watches 500 deployments within 128 MB', { timeout: 120_000 }, async () => {
  await using scene = await openBell(built, 20);
  using cage = memoryCage(128 * MB);
  scene.writePolicy(policyText(scene.journal));
  const deployed = await deployAll(scene);
  const daemon = scene.daemon({ under: cage.command });
  await daemon.line('start', of('http-listening'));
  const watched = async () =>
    Number(/"watches":/.test((await get(daemon, '/status')).body) && events(daemon, 'deployment-discovered').length);
  await scene.until('all are watched', async () => (await watched()) === TEAMS * EACH, 60_000);
  const looks = async () => {
    const { body } = await get(daemon, '/metrics');
    return Number(/^appconfig_watchdog_cycles_total\{[^}]*pass="look"[^}]*\} (\d+)$/m.exec(body)?.[1] ?? 0);
  };
  // A while of steady work, in which what is not let go of would pile up.
  const before = await looks();
  await scene.until('a dozen rounds', async () => (await looks()) >= before + 12, 60_000);

  await scene.ring('ALARM');
  await scene.until('the stops', () => Promise.resolve(events(daemon, 'stop-settled').length === BAD), 60_000);
  const states = deployed.map(async (one) => (await scene.appconfig.send(new GetDeploymentCommand(one))).State);
  expect((await Promise.all(states)).filter((state) => state !== 'DEPLOYING')).toEqual(Array(BAD).fill('ROLLED_BACK'));
  expect(await scene.stops()).toEqual(Array(BAD).fill(202));

  const [most, own] = [memoryOf(daemon.child.pid, 'VmHWM'), memoryOf(daemon.child.pid, 'RssAnon')];
  const told = [most, own, cage.peak()].map((bytes) => Math.round(bytes / MB));
  process.stdout.write(`500 watches: at most ${told[0]} MB resident, ${told[1]} MB its own, ${told[2]} MB charged\n`);
  expect(cage.killed()).toBe(0);
  expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
  await scene.expectSound();
});
