/** The sandbox's AppConfig and STS, driven by the real AWS command line from end to end. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { type AwsCli, awsCli, awsVersion, knowsAllowRevert } from './support/aws-cli.ts';
import { describeWith, requirePart } from './support/parts.ts';

const MINUTE = 60_000;
const ORIGIN = Date.UTC(2026, 0, 5, 12);

/** What a command printed, which must have ended well. */
async function json(aws: AwsCli, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await aws(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const printed: unknown = JSON.parse(stdout === '' ? 'null' : stdout);
  return printed;
}

async function idOf(aws: AwsCli, ...args: string[]): Promise<string> {
  const printed = await json(aws, ...args);
  expect(printed).toMatchObject({ Id: expect.stringMatching(/^[a-z0-9]{4,7}$/) });
  return typeof printed === 'object' && printed !== null && 'Id' in printed ? String(printed.Id) : '';
}

describeWith('the AWS command line', awsVersion() !== undefined)('the AWS command line', () => {
  it('makes everything, deploys, lists, reads, stops, reverts, tags and deletes', { timeout: 180_000 }, async () => {
    const clock = drivenClock(ORIGIN);
    await using sandbox = await startSandbox({ clock, rollbackDuration: MINUTE });
    const aws = awsCli(sandbox.url);
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-cli-'));
    const appconfig: AwsCli = (...args) => aws('appconfig', ...args);
    try {
      const app = await idOf(appconfig, 'create-application', '--name', 'checkout', '--tags', 'team=shop');
      const inApp = ['--application-id', app];
      const monitors = 'AlarmArn=arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-errors';
      const env = await idOf(appconfig, 'create-environment', ...inApp, '--name', 'prod', '--monitors', monitors);
      const inEnv = [...inApp, '--environment-id', env];
      const profile = await idOf(
        appconfig,
        'create-configuration-profile',
        ...inApp,
        '--name',
        'limits',
        '--location-uri',
        'hosted',
      );
      const inProfile = [...inApp, '--configuration-profile-id', profile];
      const content = join(folder, 'content.json');
      await writeFile(content, '{"limit":1}');
      const written = await json(
        appconfig,
        ...['create-hosted-configuration-version', ...inProfile, '--content', `fileb://${content}`],
        ...['--content-type', 'application/json', join(folder, 'answer')],
      );
      expect(written).toMatchObject({ VersionNumber: 1, ContentType: 'application/json', ApplicationId: app });
      expect(await readFile(join(folder, 'answer'), 'utf8')).toBe('{"limit":1}');
      const strategy = await idOf(
        appconfig,
        ...['create-deployment-strategy', '--name', 'quarter', '--deployment-duration-in-minutes', '20'],
        ...['--growth-factor', '25', '--final-bake-time-in-minutes', '10', '--replicate-to', 'NONE'],
      );
      const start = [
        ...['start-deployment', ...inEnv, '--deployment-strategy-id', strategy],
        ...['--configuration-profile-id', profile, '--configuration-version', '1'],
      ];
      expect(await json(appconfig, ...start)).toMatchObject({ DeploymentNumber: 1, State: 'VALIDATING' });
      const second = await appconfig(...start);
      expect(second.code).toBeGreaterThan(0);
      expect(second.stderr).toContain('ConflictException');

      await clock.advance(6 * MINUTE);
      const first = [...inEnv, '--deployment-number', '1'];
      expect(await json(appconfig, 'get-deployment', ...first)).toMatchObject({
        State: 'DEPLOYING',
        PercentageComplete: 25,
        EventLog: [
          { Description: 'Configuration available to 25.00% of clients' },
          { EventType: 'DEPLOYMENT_STARTED' },
        ],
      });
      expect(await json(appconfig, 'get-environment', ...inEnv)).toMatchObject({ State: 'DEPLOYING' });
      expect(await json(appconfig, 'stop-deployment', ...first)).toMatchObject({ State: 'ROLLING_BACK' });
      const again = await appconfig('stop-deployment', ...first);
      expect(again.stderr).toContain('BadRequestException');
      await clock.advance(MINUTE);
      expect(await json(appconfig, 'get-deployment', ...first)).toMatchObject({ State: 'ROLLED_BACK' });

      for (let number = 2; number <= 4; number++) {
        expect(await json(appconfig, ...start)).toMatchObject({ DeploymentNumber: number });
        await clock.advance(31 * MINUTE);
      }
      const paged = await json(
        appconfig,
        'list-deployments',
        ...inEnv,
        '--page-size',
        '2',
        '--query',
        'Items[].DeploymentNumber',
      );
      expect(paged).toEqual([4, 3, 2, 1]);
      const calls = sandbox.requests().filter(({ operation }) => operation === 'ListDeployments');
      expect(calls).toHaveLength(2);

      const latest = [...inEnv, '--deployment-number', '4'];
      expect((await appconfig('stop-deployment', ...latest)).stderr).toContain('BadRequestException');
      if (requirePart('an AWS command line that knows --allow-revert', knowsAllowRevert())) {
        expect(await json(appconfig, 'stop-deployment', ...latest, '--allow-revert')).toMatchObject({
          State: 'REVERTED',
        });
      }

      const arn = ['--resource-arn', `arn:aws:appconfig:us-east-1:111122223333:application/${app}`];
      await json(appconfig, 'tag-resource', ...arn, '--tags', 'tier=1');
      await json(appconfig, 'untag-resource', ...arn, '--tag-keys', 'team');
      expect(await json(appconfig, 'list-tags-for-resource', ...arn)).toEqual({ Tags: { tier: '1' } });

      await json(appconfig, 'delete-hosted-configuration-version', ...inProfile, '--version-number', '1');
      await json(appconfig, 'delete-configuration-profile', ...inProfile);
      await json(appconfig, 'delete-environment', ...inEnv);
      await json(appconfig, 'delete-deployment-strategy', '--deployment-strategy-id', strategy);
      await json(appconfig, 'delete-application', ...inApp);
      expect(await json(appconfig, 'list-applications')).toEqual({ Items: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('asks STS who it is and takes a role of another account', { timeout: 60_000 }, async () => {
    const role = 'arn:aws:iam::444455556666:role/watchdog';
    await using sandbox = await startSandbox({ externalIds: { [role]: 'shared-word' } });
    const sts: AwsCli = (...args) => awsCli(sandbox.url)('sts', ...args);
    expect(await json(sts, 'get-caller-identity')).toMatchObject({ Account: '111122223333' });
    const assume = ['assume-role', '--role-arn', role, '--role-session-name', 'test'];
    expect((await sts(...assume)).stderr).toContain('AccessDenied');
    expect(await json(sts, ...assume, '--external-id', 'shared-word')).toMatchObject({
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) },
      AssumedRoleUser: { Arn: 'arn:aws:sts::444455556666:assumed-role/watchdog/test' },
    });
  });
});
