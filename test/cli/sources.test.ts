/** The commands about sources over HTTP: what they cost, what they need of IAM, whether they answer. */
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { iamPolicyCommand } from '../../src/cli/iam-policy.ts';
import { liveCheckCommand } from '../../src/cli/live.ts';
import { openShop } from '../../src/demo/shop.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { type WireEndpoint, wireEndpoint } from '../support/wire-endpoint.ts';
import { runCommand } from './support/policy-io.ts';

const file = (sources: readonly object[], application = 'checkout') => ({
  'w.yaml': JSON.stringify({
    version: 1,
    targets: [{ name: 'main', region: 'eu-west-1' }],
    poll: '*/15 * * * * *',
    policies: [
      {
        name: 'checkout-prod',
        match: { application, environment: 'prod' },
        mode: 'observe',
        rules: sources.map((source, index) => ({ name: `r${index}`, source, judge: { kind: 'threshold', above: 1 } })),
      },
    ],
  }),
});
const aps = {
  kind: 'prometheus',
  url: 'https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0123',
  query: 'up',
  period: '60s',
};

describe('what they cost', () => {
  test('requests an hour, beside the metrics of CloudWatch', async () => {
    const number = { kind: 'http', url: 'https://shop.example/n', value: '$', period: '30s' };
    const files = file([aps, number]);
    const { out } = await runCommand((io) => checkCommand(io), ['w.yaml'], files);
    expect(out).toContain('requests/h');
    expect(out).toMatch(/\b180\b/);
    const { out: json } = await runCommand((io) => checkCommand(io), ['w.yaml', '--json'], files);
    expect(JSON.parse(json).policies[0]).toMatchObject({ metricsAnHour: 0, dollarsAnHour: 0, requestsAnHour: 180 });
  });
});

describe('what they need of IAM', () => {
  test.each([
    ["the target's credentials", { kind: 'sigv4', region: 'us-east-1' }, undefined, '*'],
    [
      'a role',
      { kind: 'sigv4', region: 'us-east-1', role: { arn: 'arn:aws:iam::444455556666:role/w' } },
      'arn:aws:iam::444455556666:role/w',
      '444455556666',
    ],
  ])('the one workspace, for %s', async (_, auth, role, account) => {
    const { out } = await runCommand(iamPolicyCommand, ['--config', 'w.yaml', '--json'], file([{ ...aps, auth }]));
    const { grants }: { grants: { role?: string; document: { Statement: { Sid: string }[] } }[] } = JSON.parse(out);
    const grant = grants.find((one) => one.role === role);
    expect(grant?.document.Statement.find(({ Sid }) => Sid === 'QueryPrometheus')).toEqual({
      Sid: 'QueryPrometheus',
      Effect: 'Allow',
      Action: ['aps:QueryMetrics'],
      Resource: [`arn:aws:aps:us-east-1:${account}:workspace/ws-0123`],
    });
    if (role !== undefined) expect(out).toContain('sts:AssumeRole');
  });

  test('nothing of who is not asked with a signature', async () => {
    const { out } = await runCommand(iamPolicyCommand, ['--config', 'w.yaml', '--json'], file([aps]));
    expect(out).not.toContain('aps:');
  });
});

describe('check --live', () => {
  let sandbox: Sandbox;
  let wire: WireEndpoint;
  let client: AppConfigClient;
  beforeAll(async () => {
    sandbox = await startSandbox();
    process.env.AWS_ENDPOINT_URL = sandbox.url;
    process.env.AWS_REGION = 'eu-west-1';
    process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
    process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
    client = new AppConfigClient();
    await openShop({ client, rollout: { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 10 } });
    wire = await wireEndpoint(({ url }) =>
      url.pathname === '/n/checkout'
        ? { json: { n: 4 } }
        : { status: 401, text: JSON.stringify({ error: 'who are you?' }) },
    );
  });
  afterAll(async () => {
    client.destroy();
    await wire[Symbol.asyncDispose]();
    await sandbox.stop();
  });

  const clock = systemClock();
  const { signal } = new AbortController();
  const live = async (sources: readonly object[], application?: string) => {
    const options = {
      clock,
      connect: (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock }),
      signal,
    };
    const { out } = await runCommand(
      (io) => checkCommand(io, liveCheckCommand(io, options)),
      ['w.yaml', '--live', '--json'],
      file(sources, application),
    );
    const { findings }: { findings: { about: string; check: string; result: string; detail: string }[] } =
      JSON.parse(out);
    return findings
      .filter(({ check }) => check.startsWith('query'))
      .map(({ check, result, detail }) => [check, result, detail]);
  };
  const number = () => ({
    kind: 'http',
    url: `${wire.origin}/n/{{deployment.application}}`,
    value: '$.n',
    period: '60s',
  });
  const secret = 'the-key-itself';

  test('asks each as for a deployment of the first environment that matches, and tells what it hears', async () => {
    const datadog = {
      kind: 'datadog',
      url: wire.origin,
      query: 'avg:x{*}',
      period: '60s',
      apiKey: secret,
      applicationKey: secret,
    };
    const newrelic = {
      kind: 'newrelic',
      url: wire.origin,
      account: 1,
      query: 'SELECT count(*) FROM x',
      period: '60s',
      apiKey: secret,
    };
    const prometheus = {
      kind: 'prometheus',
      url: wire.origin,
      query: 'up',
      period: '60s',
      auth: { kind: 'bearer', token: secret },
    };
    const host = new URL(wire.origin).host;
    const found = await live([number(), datadog, newrelic, prometheus]);
    expect(found[0]).toEqual(['query http', 'ok', expect.stringContaining('1 datapoints in the last 1h, 4 at ')]);
    expect(found.slice(1)).toEqual([
      ['query datadog', 'fail', `Datadog at ${host} answered 401`],
      ['query newrelic', 'fail', `New Relic at ${host} answered 401`],
      ['query prometheus', 'fail', `Prometheus at ${host} answered 401`],
    ]);
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test('says that a query was not asked where nothing matches whose names it needs', async () => {
    expect(await live([number()], 'nobody')).toEqual([
      ['query http', 'warn', 'not asked: no environment matches whose names could be put into the query'],
    ]);
  });
});
