/** Everything around deployments: what can be made, read, listed, changed, tagged and deleted, and what is refused. */
import {
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  DeleteApplicationCommand,
  DeleteConfigurationProfileCommand,
  DeleteDeploymentStrategyCommand,
  DeleteEnvironmentCommand,
  DeleteHostedConfigurationVersionCommand,
  GetApplicationCommand,
  GetConfigurationProfileCommand,
  GetDeploymentCommand,
  GetDeploymentStrategyCommand,
  GetEnvironmentCommand,
  GetHostedConfigurationVersionCommand,
  ListConfigurationProfilesCommand,
  ListDeploymentStrategiesCommand,
  ListEnvironmentsCommand,
  ListHostedConfigurationVersionsCommand,
  ListTagsForResourceCommand,
  StartDeploymentCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApplicationCommand,
  UpdateConfigurationProfileCommand,
  UpdateDeploymentStrategyCommand,
  UpdateEnvironmentCommand,
} from '@aws-sdk/client-appconfig';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { appConfigClient, errorOf, HOUR, MINUTE, present, type Stage, stage } from './client.ts';

const badRequest = { name: 'BadRequestException', status: 400 };
const notFound = { name: 'ResourceNotFoundException', status: 404 };
const conflict = { name: 'ConflictException', status: 409 };

function ids(on: Stage) {
  const { applicationId: ApplicationId, environmentId: EnvironmentId, profileId: ConfigurationProfileId } = on;
  return {
    application: { ApplicationId },
    environment: { ApplicationId, EnvironmentId },
    profile: { ApplicationId, ConfigurationProfileId },
  };
}

describe('applications, environments and profiles', () => {
  it('are updated member by member', async () => {
    await using on = await stage();
    const { application, environment, profile } = ids(on);
    await on.client.send(new UpdateApplicationCommand({ ...application, Description: 'the shop' }));
    expect(await on.client.send(new GetApplicationCommand(application))).toMatchObject({
      Name: 'checkout',
      Description: 'the shop',
    });
    const Monitors = [{ AlarmArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:a' }];
    await on.client.send(new UpdateEnvironmentCommand({ ...environment, Monitors }));
    expect(await on.client.send(new GetEnvironmentCommand(environment))).toMatchObject({ Name: 'prod', Monitors });
    const { Items } = await on.client.send(new ListEnvironmentsCommand(application));
    expect(Items).toMatchObject([{ Name: 'prod', State: 'READY_FOR_DEPLOYMENT', Monitors }]);
    const Validators = [{ Type: 'JSON_SCHEMA' as const, Content: '{}' }];
    await on.client.send(
      new UpdateConfigurationProfileCommand({ ...profile, Validators, KmsKeyIdentifier: 'alias/key' }),
    );
    await on.client.send(new UpdateConfigurationProfileCommand({ ...profile, KmsKeyIdentifier: '' }));
    const read = await on.client.send(new GetConfigurationProfileCommand(profile));
    expect(read).toMatchObject({ LocationUri: 'hosted', Type: 'AWS.Freeform', Validators });
    expect(read.KmsKeyIdentifier).toBeUndefined();
    const listed = await on.client.send(new ListConfigurationProfilesCommand({ ...application, Type: 'AWS.Freeform' }));
    expect(listed.Items).toMatchObject([{ Name: 'limits', ValidatorTypes: ['JSON_SCHEMA'] }]);
    const flags = await on.client.send(
      new ListConfigurationProfilesCommand({ ...application, Type: 'AWS.AppConfig.FeatureFlags' }),
    );
    expect(flags.Items).toEqual([]);
  });

  it('are deleted from the inside out', async () => {
    await using on = await stage();
    const { application, environment, profile } = ids(on);
    expect(await errorOf(on.client.send(new DeleteApplicationCommand(application)))).toEqual(badRequest);
    expect(await errorOf(on.client.send(new DeleteConfigurationProfileCommand(profile)))).toEqual(conflict);
    const number = await on.start({});
    expect(await errorOf(on.client.send(new DeleteEnvironmentCommand(environment)))).toEqual(conflict);
    await on.client.send(new DeleteHostedConfigurationVersionCommand({ ...profile, VersionNumber: 1 }));
    expect(await errorOf(on.client.send(new DeleteConfigurationProfileCommand(profile)))).toEqual(conflict);
    await on.clock.advance(HOUR);
    await on.client.send(new DeleteConfigurationProfileCommand(profile));
    await on.client.send(new DeleteEnvironmentCommand(environment));
    await on.client.send(new DeleteApplicationCommand(application));
    expect(await errorOf(on.get(number))).toEqual(notFound);
    expect(await errorOf(on.client.send(new GetApplicationCommand(application)))).toEqual(notFound);
  });

  it('are found only inside their own application', async () => {
    await using on = await stage();
    const other = await on.client.send(new CreateApplicationCommand({ Name: 'other' }));
    const elsewhere = { ApplicationId: present(other.Id) };
    const { EnvironmentId } = ids(on).environment;
    const { ConfigurationProfileId } = ids(on).profile;
    expect(await errorOf(on.client.send(new GetEnvironmentCommand({ ...elsewhere, EnvironmentId })))).toEqual(notFound);
    expect(
      await errorOf(on.client.send(new GetConfigurationProfileCommand({ ...elsewhere, ConfigurationProfileId }))),
    ).toEqual(notFound);
  });

  it('are checked on the way in', async () => {
    await using on = await stage();
    const { application } = ids(on);
    const { client } = on;
    const refused = [
      client.send(new CreateApplicationCommand({ Name: '' })),
      client.send(new CreateApplicationCommand({ Name: 'x'.repeat(65) })),
      client.send(
        new CreateEnvironmentCommand({ ...application, Name: 'e', Monitors: Array(6).fill({ AlarmArn: 'a' }) }),
      ),
      client.send(new GetApplicationCommand({ ApplicationId: 'NOT-AN-ID' })),
      client.send(
        new CreateConfigurationProfileCommand({ ...application, Name: 'p', LocationUri: 'hosted', Type: 'Mine' }),
      ),
      client.send(
        new CreateDeploymentStrategyCommand({ Name: 's', DeploymentDurationInMinutes: 1441, GrowthFactor: 10 }),
      ),
      client.send(
        new CreateDeploymentStrategyCommand({ Name: 's', DeploymentDurationInMinutes: 1, GrowthFactor: 0.5 }),
      ),
    ];
    expect(await Promise.all(refused.map(errorOf))).toEqual(refused.map(() => badRequest));
  });
});

describe('hosted configuration versions', () => {
  it('are numbered, labelled and listed newest first', async () => {
    await using on = await stage();
    const { profile } = ids(on);
    const add = (VersionLabel: string, LatestVersionNumber?: number) =>
      on.client.send(
        new CreateHostedConfigurationVersionCommand({
          ...profile,
          Content: Buffer.from('größer'),
          ContentType: 'text/plain',
          Description: 'more',
          VersionLabel,
          ...(LatestVersionNumber === undefined ? {} : { LatestVersionNumber }),
        }),
      );
    expect((await add('v-two', 1)).VersionNumber).toBe(2);
    expect(await errorOf(add('v-three', 1))).toEqual(conflict);
    expect(await errorOf(add('v-two'))).toEqual(conflict);
    expect(await errorOf(add('12'))).toEqual(badRequest);
    const read = await on.client.send(new GetHostedConfigurationVersionCommand({ ...profile, VersionNumber: 2 }));
    expect(Buffer.from(present(read.Content)).toString()).toBe('größer');
    expect(read).toMatchObject({ ContentType: 'text/plain', VersionLabel: 'v-two', Description: 'more' });
    const { Items = [] } = await on.client.send(new ListHostedConfigurationVersionsCommand(profile));
    expect(Items.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1]);
    const labelled = await on.client.send(
      new ListHostedConfigurationVersionsCommand({ ...profile, VersionLabel: 'v-*' }),
    );
    expect(labelled.Items?.map(({ VersionNumber }) => VersionNumber)).toEqual([2]);
  });

  it('never take the number of one that was deleted', async () => {
    await using on = await stage();
    const { profile } = ids(on);
    await on.client.send(new DeleteHostedConfigurationVersionCommand({ ...profile, VersionNumber: 1 }));
    const next = new CreateHostedConfigurationVersionCommand({
      ...profile,
      Content: Buffer.from('{}'),
      ContentType: 'application/json',
    });
    expect((await on.client.send(next)).VersionNumber).toBe(2);
  });

  it('belong to hosted profiles and are bounded', async () => {
    await using on = await stage();
    const { application, profile } = ids(on);
    const remote = await on.client.send(
      new CreateConfigurationProfileCommand({ ...application, Name: 'remote', LocationUri: 'ssm-parameter://limits' }),
    );
    const add = (ConfigurationProfileId: string, size: number) =>
      on.client.send(
        new CreateHostedConfigurationVersionCommand({
          ...application,
          ConfigurationProfileId,
          Content: Buffer.alloc(size, 'x'),
          ContentType: 'text/plain',
        }),
      );
    expect(await errorOf(add(present(remote.Id), 3))).toEqual(badRequest);
    expect(await errorOf(add(profile.ConfigurationProfileId, 2 * 1024 * 1024 + 1))).toEqual({
      name: 'PayloadTooLargeException',
      status: 413,
    });
  });
});

describe('deployment strategies', () => {
  it('include the predefined ones, which stay as they are', async () => {
    await using sandbox = await startSandbox();
    const client = appConfigClient(sandbox.url);
    const { Items = [] } = await client.send(new ListDeploymentStrategiesCommand({}));
    const shown = Items.map((s) => [
      s.Name,
      s.DeploymentDurationInMinutes,
      s.FinalBakeTimeInMinutes,
      s.GrowthType,
      s.GrowthFactor,
    ]);
    expect(shown).toEqual([
      ['AppConfig.AllAtOnce', 0, 10, 'LINEAR', 100],
      ['AppConfig.Linear50PercentEvery30Seconds', 1, 1, 'LINEAR', 50],
      ['AppConfig.Canary10Percent20Minutes', 20, 10, 'EXPONENTIAL', 10],
      ['AppConfig.Linear20PercentEvery6Minutes', 30, 30, 'LINEAR', 20],
    ]);
    const DeploymentStrategyId = 'AppConfig.AllAtOnce';
    expect(await errorOf(client.send(new DeleteDeploymentStrategyCommand({ DeploymentStrategyId })))).toEqual(
      badRequest,
    );
    expect(
      await errorOf(client.send(new UpdateDeploymentStrategyCommand({ DeploymentStrategyId, GrowthFactor: 5 }))),
    ).toEqual(badRequest);
  });

  it('can be changed and deleted, and a running deployment keeps the one it began with', async () => {
    await using on = await stage();
    const number = await on.start({ DeploymentDurationInMinutes: 20 });
    const { DeploymentStrategyId } = await on.get(number);
    const strategy = { DeploymentStrategyId: present(DeploymentStrategyId) };
    await on.client.send(new UpdateDeploymentStrategyCommand({ ...strategy, DeploymentDurationInMinutes: 1 }));
    expect((await on.client.send(new GetDeploymentStrategyCommand(strategy))).DeploymentDurationInMinutes).toBe(1);
    expect((await on.get(number)).DeploymentDurationInMinutes).toBe(20);
    await on.client.send(new DeleteDeploymentStrategyCommand(strategy));
    expect(await errorOf(on.client.send(new GetDeploymentStrategyCommand(strategy)))).toEqual(notFound);
  });
});

describe('StartDeployment', () => {
  it('takes version numbers and labels, and refuses what is not there', async () => {
    await using on = await stage();
    const { environment, profile } = ids(on);
    const wanted = {
      ...environment,
      ConfigurationProfileId: profile.ConfigurationProfileId,
      DeploymentStrategyId: 'AppConfig.AllAtOnce',
      ConfigurationVersion: '1',
    };
    const start = (change: object) => on.client.send(new StartDeploymentCommand({ ...wanted, ...change }));
    expect(await errorOf(start({ ConfigurationVersion: '2' }))).toEqual(notFound);
    expect(await errorOf(start({ ConfigurationProfileId: 'aaaaaaa' }))).toEqual(notFound);
    expect(await errorOf(start({ DeploymentStrategyId: 'AppConfig.NoSuchStrategy' }))).toEqual(notFound);
    expect(await errorOf(start({ EnvironmentId: 'aaaaaaa' }))).toEqual(notFound);
    expect(await errorOf(start({ LatestDeploymentNumber: 3 }))).toEqual(conflict);
    await on.client.send(
      new CreateHostedConfigurationVersionCommand({
        ...profile,
        Content: Buffer.from('2'),
        ContentType: 'text/plain',
        VersionLabel: 'v-two',
      }),
    );
    const started = await start({
      ConfigurationVersion: 'v-two',
      Description: 'raise the limit',
      KmsKeyIdentifier: 'alias/key',
      DynamicExtensionParameters: { 'a::b': 'c' },
    });
    expect(started.$metadata.httpStatusCode).toBe(201);
    expect(started).toMatchObject({
      ConfigurationVersion: '2',
      VersionLabel: 'v-two',
      Description: 'raise the limit',
      KmsKeyIdentifier: 'alias/key',
      ConfigurationName: 'limits',
      ConfigurationLocationUri: 'hosted',
    });
    expect(await errorOf(on.client.send(new GetDeploymentCommand({ ...environment, DeploymentNumber: 7 })))).toEqual(
      notFound,
    );
  });
});

describe('tags', () => {
  it('can be given at the start, added and taken away', async () => {
    await using on = await stage();
    const created = await on.client.send(
      new CreateApplicationCommand({ Name: 'tagged', Tags: { team: 'shop', tier: '1' } }),
    );
    const resource = { ResourceArn: `arn:aws:appconfig:us-east-1:111122223333:application/${created.Id}` };
    await on.client.send(new TagResourceCommand({ ...resource, Tags: { tier: '2', on: 'call' } }));
    await on.client.send(new UntagResourceCommand({ ...resource, TagKeys: ['team', 'none'] }));
    expect((await on.client.send(new ListTagsForResourceCommand(resource))).Tags).toEqual({ tier: '2', on: 'call' });
    const missing = { ResourceArn: `${resource.ResourceArn}/environment/aaaaaaa` };
    expect(await errorOf(on.client.send(new ListTagsForResourceCommand(missing)))).toEqual(notFound);
    expect(
      await errorOf(on.client.send(new ListTagsForResourceCommand({ ResourceArn: 'arn:aws:s3:::some-bucket-name' }))),
    ).toEqual(badRequest);
  });
});

describe('regions', () => {
  it('do not see each other', async () => {
    await using on = await stage();
    const client = appConfigClient(on.sandbox.url, 'eu-west-1');
    expect(await errorOf(client.send(new GetApplicationCommand(ids(on).application)))).toEqual(notFound);
    await on.clock.advance(MINUTE);
    expect(on.sandbox.requests().at(-1)).toMatchObject({
      operation: 'GetApplication',
      region: 'eu-west-1',
      status: 404,
    });
  });
});
