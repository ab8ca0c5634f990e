/** A make-believe shop with a feature flag: set up and deployed through the real SDK, as a team would do it. */
import {
  type AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  type GetDeploymentCommandOutput,
  type Monitor,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';

export interface Rollout {
  readonly growth: 'LINEAR' | 'EXPONENTIAL';
  /** Per cent per step. */
  readonly factor: number;
  readonly minutes: number;
  readonly bakeMinutes: number;
}

export interface ShopOptions {
  readonly client: AppConfigClient;
  readonly application?: string;
  readonly environment?: string;
  readonly profile?: string;
  readonly rollout: Rollout;
  readonly monitors?: readonly Monitor[];
  readonly tags?: Readonly<Record<string, string>>;
}

interface DeployOptions {
  /** Content of the new version; the shop misbehaves when it is `bad`. */
  readonly flag: 'good' | 'bad';
  readonly description?: string;
  readonly versionLabel?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Shop {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  /** Uploads a version and starts deploying it; the number of the deployment. */
  deploy(options: DeployOptions): Promise<number>;
  /** The last deployment started here. */
  latest(): Promise<GetDeploymentCommandOutput | undefined>;
  get(number: number): Promise<GetDeploymentCommandOutput>;
  /** Share (0..1) of the clients that have a bad version now. */
  badShare(): Promise<number>;
}

function needed<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`AppConfig answered without ${what}`);
  return value;
}

/** Share of the clients that have the version of a deployment: all of it is undone by a rollback. */
function shareOf({ State, PercentageComplete = 0 }: GetDeploymentCommandOutput): number {
  return State === 'ROLLED_BACK' || State === 'REVERTED' ? 0 : PercentageComplete / 100;
}

async function createPlaces({ client, rollout, ...options }: ShopOptions) {
  const tags = options.tags === undefined ? {} : { Tags: { ...options.tags } };
  const { Id: applicationId } = await client.send(
    new CreateApplicationCommand({ Name: options.application ?? 'checkout', ...tags }),
  );
  const ApplicationId = needed(applicationId, 'Id');
  const environment = await client.send(
    new CreateEnvironmentCommand({
      ApplicationId,
      Name: options.environment ?? 'prod',
      ...(options.monitors === undefined ? {} : { Monitors: [...options.monitors] }),
    }),
  );
  const profile = await client.send(
    new CreateConfigurationProfileCommand({ ApplicationId, Name: options.profile ?? 'flags', LocationUri: 'hosted' }),
  );
  const strategy = await client.send(
    new CreateDeploymentStrategyCommand({
      Name: `${options.application ?? 'checkout'}-${rollout.growth.toLowerCase()}`,
      GrowthType: rollout.growth,
      GrowthFactor: rollout.factor,
      DeploymentDurationInMinutes: rollout.minutes,
      FinalBakeTimeInMinutes: rollout.bakeMinutes,
      ReplicateTo: 'NONE',
    }),
  );
  return {
    ApplicationId,
    EnvironmentId: needed(environment.Id, 'Id'),
    ConfigurationProfileId: needed(profile.Id, 'Id'),
    DeploymentStrategyId: needed(strategy.Id, 'Id'),
  };
}

export async function openShop(options: ShopOptions): Promise<Shop> {
  const { client } = options;
  const ids = await createPlaces(options);
  const { ApplicationId, EnvironmentId, ConfigurationProfileId } = ids;
  const bad = new Set<number>();
  let last: number | undefined;
  const get = (number: number) =>
    client.send(new GetDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: number }));
  return {
    applicationId: ApplicationId,
    environmentId: EnvironmentId,
    profileId: ConfigurationProfileId,
    async deploy({ flag, description, versionLabel, tags }) {
      const version = await client.send(
        new CreateHostedConfigurationVersionCommand({
          ApplicationId,
          ConfigurationProfileId,
          ContentType: 'application/json',
          Content: new TextEncoder().encode(JSON.stringify({ newCheckout: flag })),
          ...(versionLabel === undefined ? {} : { VersionLabel: versionLabel }),
        }),
      );
      const started = await client.send(
        new StartDeploymentCommand({
          ...ids,
          ConfigurationVersion: String(needed(version.VersionNumber, 'VersionNumber')),
          ...(description === undefined ? {} : { Description: description }),
          ...(tags === undefined ? {} : { Tags: { ...tags } }),
        }),
      );
      last = needed(started.DeploymentNumber, 'DeploymentNumber');
      if (flag === 'bad') bad.add(last);
      return last;
    },
    get,
    latest: async () => (last === undefined ? undefined : get(last)),
    async badShare() {
      const shares = await Promise.all([...bad].map(async (number) => shareOf(await get(number))));
      return Math.max(0, ...shares);
    },
  };
}
