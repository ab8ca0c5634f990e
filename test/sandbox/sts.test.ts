/** Accounts: a role of another account sees that account's AppConfig and not the caller's. */
import { AppConfigClient, CreateApplicationCommand, ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { appConfigClient, errorOf, present } from './client.ts';

const ROLE = 'arn:aws:iam::444455556666:role/team/watchdog';

function stsClient(url: string, accessKeyId = 'AKIASANDBOX'): STSClient {
  return new STSClient({
    endpoint: url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: 'not-a-secret' },
  });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('AssumeRole', () => {
  it('gives keys that belong to the account of the role', async () => {
    await using sandbox = await startSandbox();
    await appConfigClient(sandbox.url).send(new CreateApplicationCommand({ Name: 'mine' }));
    const taken = await stsClient(sandbox.url).send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }));
    const key = present(taken.Credentials?.AccessKeyId);
    expect(Number(taken.Credentials?.Expiration)).toBeGreaterThan(Date.now() + 3_500_000);
    const theirs = appConfigClient(sandbox.url, 'us-east-1', key);
    expect((await theirs.send(new ListApplicationsCommand({}))).Items).toEqual([]);
    expect(await stsClient(sandbox.url, key).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '444455556666',
      Arn: 'arn:aws:sts::444455556666:assumed-role/watchdog/test',
    });
    expect(sandbox.requests().at(-1)).toMatchObject({ service: 'sts', account: '444455556666', accessKeyId: key });
  });

  it('gives keys that expire by real time, by which clients renew them', async () => {
    await using sandbox = await startSandbox({ speed: 86_400 });
    const taken = await stsClient(sandbox.url).send(
      new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test', DurationSeconds: 900 }),
    );
    const list = () =>
      errorOf(
        appConfigClient(sandbox.url, 'us-east-1', present(taken.Credentials?.AccessKeyId)).send(
          new ListApplicationsCommand({}),
        ),
      );
    expect(await list()).toBeUndefined();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 901_000 });
    expect(await list()).toEqual({ name: 'ExpiredTokenException', status: 403 });
  });

  it('wants the ExternalId where the role has one', async () => {
    await using sandbox = await startSandbox({ externalIds: { [ROLE]: 'shared-word' } });
    const take = (ExternalId?: string) =>
      errorOf(
        stsClient(sandbox.url).send(
          new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test', ...(ExternalId ? { ExternalId } : {}) }),
        ),
      );
    expect(await take()).toEqual({ name: 'AccessDenied', status: 403 });
    expect(await take('another')).toEqual({ name: 'AccessDenied', status: 403 });
    expect(await take('shared-word')).toBeUndefined();
  });

  it('refuses what is no role', async () => {
    await using sandbox = await startSandbox();
    const call = stsClient(sandbox.url).send(
      new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:user/me', RoleSessionName: 'test' }),
    );
    expect(await errorOf(call)).toEqual({ name: 'ValidationError', status: 400 });
  });

  it('fails by its own faults', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'expired-token', service: 'sts', count: 1 });
    sandbox.faults.add({ kind: 'throttling', service: 'sts', count: 1 });
    const ask = () => errorOf(stsClient(sandbox.url).send(new GetCallerIdentityCommand({})));
    expect(await ask()).toMatchObject({ name: 'ExpiredToken', status: 403 });
    expect(await ask()).toMatchObject({ name: 'Throttling', status: 400 });
    expect(await ask()).toBeUndefined();
  });
});

describe('the time of a signature', () => {
  it.each([
    ['too old', -7_200_000],
    ['too young', 7_200_000],
  ])('is refused when it is %s, in each protocol, and the SDK learns the time from the answer', async (_, off) => {
    await using sandbox = await startSandbox();
    const wrong = {
      ...{ endpoint: sandbox.url, region: 'us-east-1', maxAttempts: 1, systemClockOffset: off },
      credentials: { accessKeyId: 'AKIASANDBOX', secretAccessKey: 'not-a-secret' },
    };
    const appconfig = new AppConfigClient(wrong);
    expect(await errorOf(appconfig.send(new ListApplicationsCommand({})))).toEqual({
      name: 'InvalidSignatureException',
      status: 403,
    });
    expect(await errorOf(appconfig.send(new ListApplicationsCommand({})))).toBeUndefined();
    const sts = new STSClient(wrong);
    expect(await errorOf(sts.send(new GetCallerIdentityCommand({})))).toEqual({
      name: 'SignatureDoesNotMatch',
      status: 403,
    });
    expect(await errorOf(sts.send(new GetCallerIdentityCommand({})))).toBeUndefined();
  });
});
