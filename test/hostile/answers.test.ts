/** Answers of another shape than AWS promises: each is a failure with its reason, never a number, a no or a nothing. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { failureOf } from '../../src/core/failure.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { targetSchema } from '../../src/policy/target.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { cloudwatchOptions } from '../../src/sources/cloudwatch/options.ts';
import { printsHarmlessly } from './support/texts.ts';

interface Wire {
  readonly body: string | Buffer;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after the body, which is then shorter than was said. */
  readonly cut?: boolean;
}

const SIGNAL = new AbortController().signal;
const REF = { target: 't', region: 'eu-west-1', applicationId: 'app', environmentId: 'env', number: 1 };
const PLACE = { application: { id: 'app', name: 'a' }, environment: { id: 'env', name: 'e' }, type: 'USER' };
const STOP = { allowRevert: false, timeout: 5_000 };
const DEPLOYMENT = { State: 'DEPLOYING', StartedAt: '2026-11-22T12:00:00Z', PercentageComplete: 20 };
const QUERY = cloudwatchOptions().parse({
  ...{ kind: 'cloudwatch', period: '60s', metrics: { m: { namespace: 'N', metric: 'M', stat: 'Average' } } },
});

let answer: Wire = { body: '' };
let asked = 0;
let access: TargetAccess;
const server = createServer((request, response) => {
  asked++;
  request.resume();
  const { status = 200, headers, body, cut } = answer;
  const length = cut === true ? { 'content-length': String(Buffer.byteLength(body) + 100) } : {};
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'id', ...headers, ...length });
  response.write(body, () => (cut === true ? response.destroy() : response.end()));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
  access = connectTarget(targetSchema.parse({ region: 'eu-west-1' }), { clock: systemClock(), timeout: 15_000 });
});
afterAll(async () => {
  access.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ASK = {
  applications: () => access.port.listApplications(SIGNAL),
  environments: () => access.port.listEnvironments('app', SIGNAL),
  deployments: () => access.port.newestDeployments('app', 'env', SIGNAL),
  deployment: () => access.port.getDeployment(REF, PLACE, SIGNAL),
  stop: () => access.port.stopDeployment(REF, STOP, SIGNAL),
  tags: () => access.port.tagsOf(REF, '111122223333', SIGNAL),
  numbers: () => access.source.query(QUERY, { from: Date.now() - 600_000, to: Date.now() }, 60_000, SIGNAL),
} as const;

async function failure(what: keyof typeof ASK, wire: Wire | string) {
  answer = typeof wire === 'string' ? { body: wire } : wire;
  const error = await ASK[what]().then(
    (value: unknown) => new Error(`it was taken for an answer: ${JSON.stringify(value).slice(0, 500)}`),
    (reason: unknown) => reason,
  );
  const told = failureOf(error);
  expect(told.message.length).toBeLessThan(600);
  expect(printsHarmlessly(`${told.message}${told.code ?? ''}${told.requestId ?? ''}`)).toBe(true);
  return told;
}

const items = (...list: readonly unknown[]) => JSON.stringify({ Items: list });
const get = (change: Readonly<Record<string, unknown>>) => JSON.stringify({ ...DEPLOYMENT, ...change });
const event = (change: Readonly<Record<string, unknown>>) => get({ EventLog: [{ EventType: 'X', ...change }] });

describe('what cannot be read is malformed', () => {
  test.each<[what: keyof typeof ASK, name: string, wire: Wire | string]>([
    ['applications', 'null', 'null'],
    ['applications', 'HTML', { body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['applications', 'half of it', '{"Items":[{"Id":"a"'],
    ['applications', 'packed', { body: Buffer.from([0x1f, 0x8b]), headers: { 'content-encoding': 'gzip' } }],
    ['applications', 'a list that is none', '{"Items":{}}'],
    ['applications', 'a list that is a text', '{"Items":"abc"}'],
    ['applications', 'a list of all kinds', items(null, 5, 'x', [], { Id: 'ok', Name: 'ok' })],
    ['applications', 'an id that is a number', items({ Id: 5, Name: 'x' })],
    ['applications', 'a name that is an object', items({ Id: 'a', Name: {} })],
    ['applications', 'a token that is an object', '{"Items":[],"NextToken":{"a":1}}'],
    ['applications', 'pages without end', '{"Items":[{"Id":"a","Name":"b"}],"NextToken":"same"}'],
    ['environments', 'a state that is a number', items({ Id: 'e', Name: 'n', State: 5 })],
    ['environments', 'pages without end', '{"Items":[],"NextToken":"same"}'],
    ['deployments', 'a number that is a text', items({ DeploymentNumber: '5', State: 'DEPLOYING' })],
    ['deployments', 'a number with a fraction', items({ DeploymentNumber: 1.5, State: 'DEPLOYING' })],
    ['deployments', 'a number below one', items({ DeploymentNumber: -1, State: 'DEPLOYING' })],
    ['deployments', 'a number above all numbers', '{"Items":[{"DeploymentNumber":1e400,"State":"DEPLOYING"}]}'],
    ['deployments', 'NaN', '{"Items":[{"DeploymentNumber":NaN}]}'],
    ['deployments', 'a time that is none', items({ DeploymentNumber: 1, StartedAt: 'yesterday' })],
    ['deployments', 'a time that is a number', items({ DeploymentNumber: 1, StartedAt: 12_345 })],
    ['deployment', 'nothing', '{}'],
    ['deployment', 'a list', '[]'],
    ['deployment', 'a state that is a number', get({ State: 5 })],
    ['deployment', 'a state that is an object', get({ State: {} })],
    ['deployment', 'no state', get({ State: null })],
    ['deployment', 'no start', get({ StartedAt: null })],
    ['deployment', 'a start outside of all time', get({ StartedAt: '+999999-01-01T00:00:00Z' })],
    ['deployment', 'a month too many', get({ StartedAt: '2026-13-45T00:00:00Z' })],
    ['deployment', 'a percentage that is a text', get({ PercentageComplete: '20' })],
    ['deployment', 'a percentage without end', get({ PercentageComplete: 'Infinity' })],
    ['deployment', 'an event log that is an object', get({ EventLog: {} })],
    ['deployment', 'an event log that is a text', get({ EventLog: 'x' })],
    ['deployment', 'an event log of nothings', get({ EventLog: [null] })],
    ['deployment', 'an event at no time', event({ OccurredAt: 'nope' })],
    ['deployment', 'an event of another type', event({ EventType: {} })],
    ['deployment', 'a description that is a list', get({ Description: [] })],
    ['deployment', 'a name that is an object', get({ ConfigurationName: {} })],
    ['stop', 'null', 'null'],
    ['stop', 'another place', { body: '', status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['numbers', 'null', 'null'],
    ['numbers', 'no result', '{}'],
    ['numbers', 'results that are none', '{"MetricDataResults":{}}'],
    ['numbers', 'a result that is a number', '{"MetricDataResults":[5]}'],
    ['numbers', 'a result of nobody', '{"MetricDataResults":[{"StatusCode":"Complete","Timestamps":[],"Values":[]}]}'],
  ])('%s: %s', async (what, _, wire) => expect((await failure(what, wire)).reason).toBe('malformed'));

  test('an answer of 50 MB is not read to its end', async () => {
    const before = process.memoryUsage().rss;
    const body = Buffer.from(get({ Description: 'x'.repeat(50_000_000) }));
    expect((await failure('deployment', { body })).message).toContain('larger than 16777216 bytes');
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });

  test('an answer that ends too early is a failure', async () => {
    const { reason, retryable } = await failure('deployment', { body: get({}).slice(0, 20), cut: true });
    expect([reason === 'malformed' || reason === 'network' || reason === 'timeout', retryable]).toEqual([true, true]);
  });

  test('pages without end are given up soon', async () => {
    asked = 0;
    await failure('applications', '{"Items":[],"NextToken":"same"}');
    expect(asked).toBeLessThan(5);
  });
});

describe('an error of AWS', () => {
  const ERRORS: readonly [name: string, wire: Wire, reason: string][] = [
    ['without a body', { body: '', status: 500 }, 'unavailable'],
    ['that is null', { body: 'null', status: 500 }, 'unavailable'],
    ['that is a list', { body: '[]', status: 400 }, 'rejected'],
    ['of types of another kind', { body: '{"message":5,"__type":{}}', status: 400 }, 'rejected'],
    [
      'named like a part of every object',
      { body: '{"message":"constructor"}', status: 400, headers: { 'x-amzn-errortype': 'constructor' } },
      'rejected',
    ],
    ['of a status of tomorrow', { body: '{}', status: 999 }, 'unavailable'],
  ];
  test.each(ERRORS)('%s has a reason', async (_, wire, reason) => {
    expect((await failure('stop', wire)).reason).toBe(reason);
  });

  test('with a megabyte of escapes is told in a line', async () => {
    const message = '\u001b[31m\u202e\r\nforged'.repeat(80_000);
    const headers = { 'x-amzn-errortype': `Odd${'E'.repeat(6_000)}`, 'x-amzn-requestid': '\u009b31m' };
    const { reason } = await failure('stop', { body: JSON.stringify({ message }), status: 400, headers });
    expect(reason).toBe('rejected');
  });
});

describe('what can be read is read', () => {
  const good = async (what: keyof typeof ASK, body: string | Buffer): Promise<unknown> => {
    answer = { body };
    return ASK[what]();
  };
  const deployment = async (body: string) =>
    z
      .object({ deployment: z.looseObject({ startedAt: z.number(), description: z.string().optional() }) })
      .parse(await good('deployment', body)).deployment;

  test('invalid UTF-8 is replaced', async () => {
    const name = Buffer.from([0x61, 0xff, 0xc0, 0x80]);
    const body = Buffer.concat([Buffer.from('{"Items":[{"Id":"a","Name":"'), name, Buffer.from('"}]}')]);
    expect(await good('applications', body)).toEqual([{ id: 'a', name: 'a\ufffd\ufffd\ufffd' }]);
  });

  test('names of every object are names', async () => {
    const body = '{"Items":[{"__proto__":{"Name":"x"},"Id":"constructor","Name":"__proto__"}]}';
    expect(await good('applications', body)).toEqual([{ id: 'constructor', name: '__proto__' }]);
    const tags = await good('tags', '{"Tags":{"__proto__":"x","toString":"y","odd":5}}');
    expect(Object.entries(z.record(z.string(), z.string()).parse(tags))).toContainEqual(['toString', 'y']);
    expect(Object.hasOwn(Object.prototype, 'Name')).toBe(false);
  });

  test('days far off are days', async () => {
    expect((await deployment(get({ StartedAt: '9999-12-31T23:59:59Z' }))).startedAt).toBe(253_402_300_799_000);
    expect((await deployment(get({ StartedAt: '0001-01-01T00:00:00Z' }))).startedAt).toBeLessThan(0);
  });

  test('a description of megabytes is cut', async () => {
    const { description } = await deployment(get({ Description: '🚀'.repeat(1_000_000) }));
    expect(description?.length).toBeLessThan(8_200);
  });
});
