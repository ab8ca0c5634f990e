/** Faults on request: which calls they act on, and what a client sees of them. */
import { GetApplicationCommand, ListApplicationsCommand, StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FaultRule, faults } from '../../src/sandbox/faults.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { appConfigClient, errorOf, stage } from './client.ts';

describe('rules', () => {
  const kindsOf = (rules: readonly FaultRule[]) => rules.map(({ kind }) => kind);

  it('act by service and operation', () => {
    const all = faults();
    all.add({ kind: 'throttling', service: 'appconfig', operation: 'StopDeployment' });
    expect(kindsOf(all.matching('appconfig', 'GetDeployment'))).toEqual([]);
    expect(kindsOf(all.matching('cloudwatch', 'StopDeployment'))).toEqual([]);
    expect(kindsOf(all.matching('appconfig', 'StopDeployment'))).toEqual(['throttling']);
  });

  it('act in one account or region', () => {
    const all = faults();
    all.add({ kind: 'reset', account: '444455556666', region: 'eu-west-1' });
    const at = (account: string, region: string) => all.matching('sts', 'AssumeRole', { account, region }).length;
    expect([at('444455556666', 'eu-west-1'), at('444455556666', 'us-east-1'), at('111122223333', 'eu-west-1')]).toEqual(
      [1, 0, 0],
    );
  });

  it('let the first calls pass, act on so many, and are gone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 1, max: 10 }), (after, count) => {
        const all = faults();
        all.add({ kind: 'reset', after, count });
        const acted = Array.from({ length: 25 }, () => all.matching('sts', 'AssumeRole').length === 1);
        expect(acted).toEqual(Array.from({ length: 25 }, (_, call) => call >= after && call < after + count));
        expect(all.list()).toEqual([]);
      }),
    );
  });

  it('act with their probability', () => {
    const draws = [0.1, 0.9, 0.29, 0.3];
    const all = faults(() => draws.shift() ?? 1);
    all.add({ kind: 'hang', probability: 0.3 });
    expect([1, 2, 3, 4].map(() => all.matching('appconfig', 'X').length)).toEqual([1, 0, 1, 0]);
  });

  it('replace an answer once: the older rule goes first and the younger keeps its count', () => {
    const all = faults();
    all.add({ kind: 'throttling', count: 1 });
    all.add({ kind: 'reset', count: 1 });
    all.add({ kind: 'latency', ms: 1 });
    expect(kindsOf(all.matching('appconfig', 'X'))).toEqual(['throttling', 'latency']);
    expect(kindsOf(all.matching('appconfig', 'X'))).toEqual(['reset', 'latency']);
  });

  it('can be removed, and those that make no sense are refused', () => {
    const all = faults();
    const id = all.add({ kind: 'partial-data' });
    expect(all.active('partial-data')).toHaveLength(1);
    expect(all.remove(id)).toBe(true);
    expect(all.remove(id)).toBe(false);
    expect(() => all.add({ kind: 'latency' })).toThrow('ms');
    expect(() => all.add({ kind: 'revised-datapoints', by: 1 })).toThrow('factor');
    expect(() => all.add({ kind: 'reset', probability: 2 })).toThrow('probability');
  });
});

describe('a client sees', () => {
  const list = new ListApplicationsCommand({});

  it.each([
    ['throttling', 'ThrottlingException', 429],
    ['internal-server-error', 'InternalServerException', 500],
    ['expired-token', 'ExpiredTokenException', 403],
    ['unavailable-html', 'SyntaxError', 503],
  ] as const)('%s as %s', async (kind, name, status) => {
    await using sandbox = await startSandbox();
    const client = appConfigClient(sandbox.url);
    sandbox.faults.add({ kind, count: 1 });
    expect(await errorOf(client.send(list))).toEqual({ name, status });
    expect(await errorOf(client.send(list))).toBeUndefined();
    expect(sandbox.requests().map((request) => request.status)).toEqual([status, 200]);
  });

  it('a fault of one region in that region only', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'throttling', region: 'eu-west-1' });
    expect(await errorOf(appConfigClient(sandbox.url, 'eu-west-1').send(list))).toMatchObject({ status: 429 });
    expect(await errorOf(appConfigClient(sandbox.url, 'us-east-1').send(list))).toBeUndefined();
  });

  it('a reset connection', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'reset', count: 1 });
    const error = await fetchError(sandbox.url);
    expect(error).toBe('ECONNRESET');
    expect(await errorOf(appConfigClient(sandbox.url).send(list))).toBeUndefined();
  });

  it('nothing at all, until it gives up', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'hang', operation: 'ListApplications' });
    const client = appConfigClient(sandbox.url);
    client.config.requestHandler = new NodeHttpHandler({ requestTimeout: 150, throwOnRequestTimeout: true });
    expect((await errorOf(client.send(list)))?.name).toBe('TimeoutError');
    expect(sandbox.inFlight()).toBe(0);
    expect(sandbox.requests().map(({ status }) => status)).toEqual([0]);
  });

  it('a late answer', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'latency', ms: 200 });
    const client = appConfigClient(sandbox.url);
    const began = performance.now();
    await client.send(list);
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  });

  it('no answer to a stop that was taken all the same', async () => {
    await using on = await stage();
    const number = await on.start({});
    on.sandbox.faults.add({ kind: 'lost-answer', operation: 'StopDeployment', count: 1 });
    expect(await errorOf(on.stop(number))).toBeDefined();
    expect((await on.get(number)).State).toBe('ROLLING_BACK');
    expect(await errorOf(on.stop(number))).toEqual({ name: 'BadRequestException', status: 400 });
    const stops = on.sandbox.requests().filter(({ operation }) => operation === 'StopDeployment');
    expect(stops.map(({ status }) => status)).toEqual([0, 400]);
  });

  it('a refusal of a request that is not signed', async () => {
    await using sandbox = await startSandbox();
    const answer = await fetch(`${sandbox.url}/applications`);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a refusal in the words of the query protocol, with the id its clients look for', async () => {
    await using sandbox = await startSandbox();
    const body = new URLSearchParams({ Action: 'DescribeAlarms', Version: '2010-08-01' });
    const answer = await fetch(sandbox.url, { method: 'POST', body });
    const text = await answer.text();
    expect(answer.status).toBe(403);
    expect(text).toContain('<Code>MissingAuthenticationToken</Code>');
    expect(text).toContain(`<RequestId>${answer.headers.get('x-amzn-requestid')}</RequestId>`);
  });

  it('an error for a path that is none', async () => {
    await using sandbox = await startSandbox();
    const client = appConfigClient(sandbox.url);
    client.middlewareStack.add(
      (next) => async (args) => {
        const { request } = args;
        if (typeof request === 'object' && request !== null && 'path' in request) request.path = '/extensions';
        return next(args);
      },
      { step: 'build' },
    );
    expect(await errorOf(client.send(new GetApplicationCommand({ ApplicationId: 'abcd123' })))).toMatchObject({
      status: 404,
    });
  });
});

/** Node's code of the error a signed request ends with. */
async function fetchError(url: string): Promise<unknown> {
  const scope = 'AWS4-HMAC-SHA256 Credential=AKIASANDBOX/20260105/us-east-1/appconfig/aws4_request, SignedHeaders=host';
  try {
    await fetch(`${url}/applications`, { headers: { authorization: scope } });
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error && 'code' in cause ? cause.code : cause;
  }
}

describe('stopping the sandbox', () => {
  it('ends requests that hang', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ kind: 'hang' });
    const client = appConfigClient(sandbox.url);
    const place = { ApplicationId: 'abcd123', EnvironmentId: 'abcd123', DeploymentNumber: 1 };
    const call = errorOf(client.send(new StopDeploymentCommand(place)));
    while (sandbox.requests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await sandbox.stop();
    expect(await call).toBeDefined();
  });
});
