/** Every answer of the sandbox's AppConfig and STS, held against botocore's own service models. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { type FaultKind, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type BotocoreChecker, botocoreVersion, startBotocore, type WireQuestion } from './support/botocore.ts';
import { describeWith } from './support/parts.ts';

const MINUTE = 60_000;

/** In the newest SDK for JavaScript and not yet in every botocore. */
const NEWER = { DeploymentSummary: { ConfigurationProfileId: 'string', Type: ['USER', 'MANAGED'] } } as const;

interface Ask {
  readonly service: 'appconfig' | 'sts';
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function authorization(service: 'appconfig' | 'sts'): string {
  const scope = `AKIASANDBOX/20260105/us-east-1/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
}

const identified = z.object({ Id: z.string() });

describeWith('botocore', botocoreVersion() !== undefined)('every answer', () => {
  const clock: DrivenClock = drivenClock(Date.UTC(2026, 0, 5, 12));
  let sandbox: Sandbox;
  let botocore: BotocoreChecker;

  beforeAll(async () => {
    botocore = startBotocore();
    const extension = {
      id: 'ext1234',
      associationId: 'aso1234',
      version: 1,
      parameters: { topic: 'deployments' },
      actionName: 'tell',
      uri: 'arn:aws:sns:us-east-1:111122223333:deployments',
      roleArn: 'arn:aws:iam::111122223333:role/appconfig-extension',
      error: { code: 'Denied', message: 'may not publish' },
    };
    sandbox = await startSandbox({ clock, rollbackDuration: MINUTE, extensions: [extension] });
  });
  afterAll(async () => {
    await sandbox.stop();
    await botocore.stop();
  });

  /** Sends a request, has the answer checked, and gives its body. */
  async function ask({ service, operation, method, path, body, headers }: Ask, expected: number): Promise<string> {
    const answer = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: authorization(service), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const question: WireQuestion = {
      service,
      operation,
      protocol: service === 'sts' ? 'query' : 'rest-json',
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: text,
    };
    const first = await botocore.check({ ...question, also: NEWER });
    // A botocore that has caught up says so; then the list of newer members is left out.
    const stale = first.problems.some((problem) => problem.includes('take it off the list'));
    const { problems } = stale ? await botocore.check(question) : first;
    expect({ operation, status: answer.status, problems, text }).toMatchObject({ status: expected, problems: [] });
    return text;
  }

  /** `POST /applications` and the like, with a JSON body. */
  const appconfig = (operation: string, line: string, expected: number, body?: object, headers = {}) => {
    const [method = '', path = ''] = line.split(' ');
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = { 'content-type': 'application/json', ...headers };
    return ask({ service: 'appconfig', operation, method, path, headers: type, ...sent }, expected);
  };
  const idOf = (text: string) => identified.parse(JSON.parse(text)).Id;

  it('of AppConfig is as the model says, the refusals as well', async () => {
    const app = idOf(
      await appconfig('CreateApplication', 'POST /applications', 201, {
        Name: 'a',
        Description: 'b',
        Tags: { c: 'd' },
      }),
    );
    const inApp = `/applications/${app}`;
    await appconfig('CreateApplication', 'POST /applications', 400, { Name: '' });
    await appconfig('GetApplication', `GET ${inApp}`, 200);
    await appconfig('GetApplication', 'GET /applications/aaaaaaa', 404);
    await appconfig('UpdateApplication', `PATCH ${inApp}`, 200, { Description: 'e' });
    await appconfig('ListApplications', 'GET /applications?max_results=1', 200);
    await appconfig('ListApplications', 'GET /applications?max_results=0', 400);

    const alarm = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:a';
    const Monitors = [{ AlarmArn: alarm, AlarmRoleArn: 'arn:aws:iam::111122223333:role/monitor' }];
    const env = idOf(
      await appconfig('CreateEnvironment', `POST ${inApp}/environments`, 201, { Name: 'prod', Monitors }),
    );
    const inEnv = `${inApp}/environments/${env}`;
    await appconfig('GetEnvironment', `GET ${inEnv}`, 200);
    await appconfig('UpdateEnvironment', `PATCH ${inEnv}`, 200, { Description: 'f' });
    await appconfig('ListEnvironments', `GET ${inApp}/environments`, 200);
    const profileBody = { Name: 'p', LocationUri: 'hosted', Validators: [{ Type: 'JSON_SCHEMA', Content: '{}' }] };
    const profiles = `${inApp}/configurationprofiles`;
    const profile = idOf(await appconfig('CreateConfigurationProfile', `POST ${profiles}`, 201, profileBody));
    const inProfile = `${profiles}/${profile}`;
    await appconfig('GetConfigurationProfile', `GET ${inProfile}`, 200);
    await appconfig('UpdateConfigurationProfile', `PATCH ${inProfile}`, 200, { KmsKeyIdentifier: 'alias/key' });
    await appconfig('ListConfigurationProfiles', `GET ${profiles}`, 200);

    const versions = `${inProfile}/hostedconfigurationversions`;
    const labelled = { description: 'g', versionlabel: 'v-one' };
    await appconfig('CreateHostedConfigurationVersion', `POST ${versions}`, 201, { limit: 1 }, labelled);
    await appconfig('CreateHostedConfigurationVersion', `POST ${versions}`, 409, { limit: 1 }, labelled);
    await appconfig('CreateHostedConfigurationVersion', `POST ${versions}`, 413, { big: 'x'.repeat(2 ** 21) });
    await appconfig('GetHostedConfigurationVersion', `GET ${versions}/1`, 200);
    await appconfig('ListHostedConfigurationVersions', `GET ${versions}`, 200);

    const strategyBody = { Name: 's', DeploymentDurationInMinutes: 20, GrowthFactor: 12.5, FinalBakeTimeInMinutes: 10 };
    const strategy = idOf(await appconfig('CreateDeploymentStrategy', 'POST /deploymentstrategies', 201, strategyBody));
    await appconfig('GetDeploymentStrategy', `GET /deploymentstrategies/${strategy}`, 200);
    await appconfig('UpdateDeploymentStrategy', `PATCH /deploymentstrategies/${strategy}`, 200, { GrowthFactor: 25 });
    await appconfig('ListDeploymentStrategies', 'GET /deploymentstrategies?max_results=50', 200);

    const start = { DeploymentStrategyId: strategy, ConfigurationProfileId: profile, ConfigurationVersion: 'v-one' };
    const deployments = `${inEnv}/deployments`;
    await appconfig('StartDeployment', `POST ${deployments}`, 201, { ...start, Description: 'h', Tags: { i: 'j' } });
    await appconfig('StartDeployment', `POST ${deployments}`, 409, start);
    await appconfig('StartDeployment', `POST ${deployments}`, 404, { ...start, ConfigurationVersion: '9' });
    for (let minute = 0; minute <= 31; minute++) {
      await appconfig('GetDeployment', `GET ${deployments}/1`, 200);
      await appconfig('ListDeployments', `GET ${deployments}?max_results=1`, 200);
      await appconfig('GetEnvironment', `GET ${inEnv}`, 200);
      await clock.advance(MINUTE);
    }
    await appconfig('StopDeployment', `DELETE ${deployments}/1`, 400);
    await appconfig('StopDeployment', `DELETE ${deployments}/1`, 202, undefined, { 'allow-revert': 'true' });
    await appconfig('StartDeployment', `POST ${deployments}`, 201, start);
    await appconfig('DeleteEnvironment', `DELETE ${inEnv}`, 409);
    await appconfig('StopDeployment', `DELETE ${deployments}/2`, 202);
    await appconfig('GetDeployment', `GET ${deployments}/2`, 200);
    await clock.advance(MINUTE);
    await appconfig('GetDeployment', `GET ${deployments}/2`, 200);
    await appconfig('StopDeployment', `DELETE ${deployments}/3`, 404);

    const tags = `/tags/${encodeURIComponent(`arn:aws:appconfig:us-east-1:111122223333:application/${app}`)}`;
    await appconfig('TagResource', `POST ${tags}`, 204, { Tags: { k: 'l' } });
    await appconfig('ListTagsForResource', `GET ${tags}`, 200);
    await appconfig('UntagResource', `DELETE ${tags}?tagKeys=k`, 204);

    await appconfig('DeleteApplication', `DELETE ${inApp}`, 400);
    await appconfig('DeleteConfigurationProfile', `DELETE ${inProfile}`, 409);
    await appconfig('DeleteHostedConfigurationVersion', `DELETE ${versions}/1`, 204);
    await appconfig('DeleteConfigurationProfile', `DELETE ${inProfile}`, 204);
    await appconfig('DeleteEnvironment', `DELETE ${inEnv}`, 204);
    await appconfig('DeleteDeploymentStrategy', 'DELETE /deployementstrategies/AppConfig.AllAtOnce', 400);
    await appconfig('DeleteDeploymentStrategy', `DELETE /deployementstrategies/${strategy}`, 204);
    await appconfig('DeleteApplication', `DELETE ${inApp}`, 204);
    const asked = new Set(sandbox.requests().map(({ operation }) => operation));
    expect(asked.size).toBe(31);
  });

  it('of STS is as the model says', async () => {
    const sts = (operation: string, expected: number, form: Record<string, string>) =>
      ask(
        {
          service: 'sts',
          operation,
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ Action: operation, Version: '2011-06-15', ...form }).toString(),
        },
        expected,
      );
    await sts('GetCallerIdentity', 200, {});
    await sts('AssumeRole', 200, { RoleArn: 'arn:aws:iam::444455556666:role/watchdog', RoleSessionName: 'test' });
    await sts('AssumeRole', 400, { RoleArn: 'nonsense', RoleSessionName: 'test' });
  });

  it('that is a fault comes under its name and status', async () => {
    const faults: readonly (readonly [FaultKind, number])[] = [
      ['throttling', 429],
      ['internal-server-error', 500],
      ['expired-token', 403],
    ];
    for (const [kind, status] of faults) {
      sandbox.faults.add({ kind, service: 'appconfig', count: 1 });
      await appconfig('ListApplications', 'GET /applications', status);
    }
  });

  it('that were wrong would be found', async () => {
    const headers = { 'content-type': 'application/json', 'x-amzn-requestid': 'any' };
    const right: WireQuestion = {
      service: 'appconfig',
      operation: 'GetDeployment',
      protocol: 'rest-json',
      status: 200,
      headers,
      body: '{"DeploymentNumber":1,"State":"BAKING","StartedAt":"2026-01-05T12:00:00.000Z","EventLog":[]}',
    };
    expect((await botocore.check(right)).problems).toEqual([]);
    const wrong: readonly (readonly [Partial<WireQuestion>, string])[] = [
      [{ body: '{"DeploymentNumbr":1}' }, 'no such member'],
      [{ body: '{"DeploymentNumber":"1"}' }, 'expected integer'],
      [{ body: '{"State":"STOPPED"}' }, 'is none of'],
      [{ body: '{"StartedAt":1767614400}' }, 'no timestamp'],
      [{ body: '{"EventLog":{}}' }, 'expected a list'],
      [{ body: '{"Description":null}' }, 'null instead'],
      [{ body: '<html></html>' }, 'cannot be read'],
      [{ status: 202 }, '202 instead of 200'],
      [{ headers: { 'content-type': 'application/json' } }, 'x-amzn-requestid'],
      [{ status: 409, headers: { ...headers, 'x-amzn-errortype': 'ConflictException' }, body: '{}' }, 'has no error'],
    ];
    for (const [change, told] of wrong) {
      expect((await botocore.check({ ...right, ...change })).problems.join()).toContain(told);
    }
  });
});
