/** A sandbox with a client and the few things a deployment needs, for tests. */
import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  type CreateDeploymentStrategyCommandInput,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  type GetDeploymentCommandOutput,
  GetEnvironmentCommand,
  type Monitor,
  StartDeploymentCommand,
  StopDeploymentCommand,
  type StopDeploymentCommandOutput,
} from '@aws-sdk/client-appconfig';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

export const ORIGIN = Date.UTC(2026, 0, 5, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** One attempt a call, so that a test sees every answer; another key is another account where STS handed it out. */
export function appConfigClient(url: string, region = 'us-east-1', accessKeyId = 'AKIASANDBOX'): AppConfigClient {
  return new AppConfigClient({
    endpoint: url,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: 'not-a-secret' },
  });
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

export interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly clock: DrivenClock;
  readonly client: AppConfigClient;
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  /** Starts a deployment of version 1 and gives its number. */
  start(growth: Partial<CreateDeploymentStrategyCommandInput>): Promise<number>;
  get(number: number): Promise<GetDeploymentCommandOutput>;
  stop(number: number, allowRevert?: boolean): Promise<StopDeploymentCommandOutput>;
  environmentState(): Promise<string | undefined>;
}

/** An application with an environment and a hosted configuration, on a clock the test drives. */
export async function stage(options: SandboxOptions = {}, monitors: readonly Monitor[] = []): Promise<Stage> {
  const clock = drivenClock(ORIGIN);
  const sandbox = await startSandbox({ clock, validatingDuration: 0, ...options });
  const client = appConfigClient(sandbox.url);
  const application = await client.send(new CreateApplicationCommand({ Name: 'checkout' }));
  const inside = { ApplicationId: present(application.Id) };
  const environment = await client.send(
    new CreateEnvironmentCommand({ ...inside, Name: 'prod', Monitors: [...monitors] }),
  );
  const profile = await client.send(
    new CreateConfigurationProfileCommand({ ...inside, Name: 'limits', LocationUri: 'hosted' }),
  );
  const ConfigurationProfileId = present(profile.Id);
  await client.send(
    new CreateHostedConfigurationVersionCommand({
      ...inside,
      ConfigurationProfileId,
      Content: Buffer.from('{"limit":1}'),
      ContentType: 'application/json',
    }),
  );
  const place = { ...inside, EnvironmentId: present(environment.Id) };
  const deployment = (number: number) => ({ ...place, DeploymentNumber: number });
  return {
    sandbox,
    clock,
    client,
    applicationId: inside.ApplicationId,
    environmentId: place.EnvironmentId,
    profileId: ConfigurationProfileId,
    async start(growth) {
      const strategy = await client.send(
        new CreateDeploymentStrategyCommand({
          Name: 'any',
          DeploymentDurationInMinutes: 20,
          GrowthFactor: 25,
          FinalBakeTimeInMinutes: 10,
          ReplicateTo: 'NONE',
          ...growth,
        }),
      );
      const started = await client.send(
        new StartDeploymentCommand({
          ...place,
          ConfigurationProfileId,
          ConfigurationVersion: '1',
          DeploymentStrategyId: present(strategy.Id),
        }),
      );
      return present(started.DeploymentNumber);
    },
    get: (number) => client.send(new GetDeploymentCommand(deployment(number))),
    stop: (number, allowRevert) =>
      client.send(
        new StopDeploymentCommand({ ...deployment(number), ...(allowRevert ? { AllowRevert: allowRevert } : {}) }),
      ),
    environmentState: async () => (await client.send(new GetEnvironmentCommand(place))).State,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await sandbox.stop();
    },
  };
}

/** What became of a call: the error's name and status, or undefined when it went well. */
export async function errorOf(
  call: Promise<unknown>,
): Promise<{ name: string; status: number | undefined } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata = '$metadata' in error ? error.$metadata : undefined;
    const status =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
        ? Number(metadata.httpStatusCode)
        : undefined;
    return { name: error.name, status };
  }
}
