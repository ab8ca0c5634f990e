/** The source datadog against answers in the shapes its documents give, in both versions of the API. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { FailureError } from '../../src/core/failure.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { datadog } from '../../src/sources/datadog/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { type WireAnswer, type WireEndpoint, wireEndpoint } from '../support/wire-endpoint.ts';

const MINUTE = 60_000;
const NOW = 1_795_348_800_000;
const { signal } = new AbortController();
const KEYS = { apiKey: 'the-api-key-itself', applicationKey: 'the-application-key-itself' };
const fixture = (name: string): WireAnswer => ({
  status: 200,
  text: readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'),
});

let wire: WireEndpoint;
let clock: DrivenClock;
beforeEach(async () => {
  wire = await wireEndpoint(() => fixture('datadog-v2'));
  clock = drivenClock(NOW);
});
afterEach(() => wire[Symbol.asyncDispose]());

const parsed = (more: object) => {
  const query = 'queries' in more ? {} : { query: 'sum:shop.errors{*}' };
  return datadog.options().parse({ kind: 'datadog', url: wire.origin, period: '60s', ...query, ...KEYS, ...more });
};
const open = () => datadog.open(wire.access(clock));

async function ask(more: object = {}, minutes = 5) {
  const { points } = await open().query(parsed(more), { from: NOW - minutes * MINUTE, to: NOW }, 0, signal);
  return points.map(({ at, value }) => `${(at - NOW) / MINUTE}=${value}`);
}
async function failure(more: object = {}) {
  const error = await ask(more).catch((thrown: unknown) => thrown);
  if (error instanceof FailureError) return error.failure;
  throw new Error('there was no failure');
}

test('v2: what is asked, and several series folded or told', async () => {
  expect(await ask({ fold: 'sum' })).toEqual(['-5=11', '-4=2', '-2=44', '-1=55']);
  const [sent] = wire.requests;
  expect([sent?.method, sent?.url.pathname]).toEqual(['POST', '/api/v2/query/timeseries']);
  expect(sent?.headers).toMatchObject({ 'dd-api-key': KEYS.apiKey, 'dd-application-key': KEYS.applicationKey });
  expect(JSON.parse(sent?.body ?? '')).toEqual({
    data: {
      type: 'timeseries_request',
      attributes: {
        ...{ from: NOW - 5 * MINUTE, to: NOW, interval: MINUTE },
        queries: [{ data_source: 'metrics', name: 'query', query: 'sum:shop.errors{*}' }],
        formulas: [{ formula: 'query' }],
      },
    },
  });
  expect(await failure()).toMatchObject({ reason: 'rejected', message: expect.stringContaining('{pod:a}, {pod:b}') });
});

test('v2: several queries and the formula over them', async () => {
  const queries = { errors: 'sum:e{*}.as_count()', hits: 'sum:h{*}.as_count()' };
  await ask({ queries, formula: '100 * errors / hits', fold: 'max' });
  const schema = z.object({
    data: z.object({ attributes: z.object({ queries: z.unknown(), formulas: z.unknown() }) }),
  });
  expect(schema.parse(JSON.parse(wire.requests[0]?.body ?? '')).data.attributes).toEqual({
    formulas: [{ formula: '100 * errors / hits' }],
    queries: [
      { data_source: 'metrics', name: 'errors', query: 'sum:e{*}.as_count()' },
      { data_source: 'metrics', name: 'hits', query: 'sum:h{*}.as_count()' },
    ],
  });
});

test('v1: seconds in the address, null is missing, and another interval than the period is refused', async () => {
  wire.reply = () => fixture('datadog-v1');
  expect(await ask({ api: 'v1' })).toEqual(['-5=3', '-4=4', '-2=5.5', '-1=6']);
  const [sent] = wire.requests;
  expect([sent?.method, sent?.url.pathname, sent?.form.get('from'), sent?.form.get('to')]).toEqual([
    ...['GET', '/api/v1/query', String(NOW / 1_000 - 300), String(NOW / 1_000)],
  ]);
  expect(await failure({ api: 'v1', period: '2m' })).toMatchObject({
    reason: 'rejected',
    message: expect.stringContaining('points of 60 s: end the query with .rollup(…, 120)'),
  });
});

const errors = (status: number, said: unknown, headers: object = {}): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  text: JSON.stringify({ errors: said }),
});

test.each<[string, WireAnswer, object, object]>([
  [
    'a query that is wrong',
    errors(400, ['Error parsing query: unexpected token']),
    {},
    { reason: 'rejected', message: expect.stringContaining('unexpected token') },
  ],
  ['a key that is refused', errors(403, ['Forbidden']), {}, { reason: 'auth', retryable: false }],
  [
    'an error with status 200',
    errors(200, 'query failed'),
    {},
    { reason: 'rejected', message: expect.stringContaining('query failed') },
  ],
  [
    'an error of v1',
    { json: { status: 'error', error: 'Rate limit of requests', series: [] } },
    { api: 'v1' },
    { reason: 'rejected', message: expect.stringContaining('Rate limit') },
  ],
  ['broken', { status: 503, text: 'upstream' }, {}, { reason: 'unavailable', retryable: true }],
  [
    'a longer interval than asked for',
    { json: { data: { attributes: { series: [{}], times: [NOW - 300_000, NOW - 210_000], values: [[1, 2]] } } } },
    {},
    { reason: 'rejected', message: expect.stringContaining('points of 90 s') },
  ],
])('%s', async (_, answer, more, expected) => {
  wire.reply = () => answer;
  const told = await failure(more);
  expect(told).toMatchObject(expected);
  expect(inspect(told)).not.toMatch(/itself/);
});

test('a limit that is used up is waited for, and nothing is asked meanwhile', async () => {
  const source = open();
  const look = () => source.query(parsed({ fold: 'max' }), { from: NOW - 5 * MINUTE, to: clock.now() }, 0, signal);
  const limits = { 'x-ratelimit-limit': '100', 'x-ratelimit-period': '60', 'x-ratelimit-reset': '37' };
  wire.reply = () => errors(429, ['Too many requests'], { ...limits, 'x-ratelimit-remaining': '0' });
  await expect(look()).rejects.toMatchObject({ failure: { reason: 'throttled', retryable: true } });
  await clock.advance(30_000);
  await expect(look()).rejects.toMatchObject({
    failure: { reason: 'throttled', message: expect.stringContaining('7 s more') },
  });
  expect(wire.requests.length).toBe(1);
  await clock.advance(7_000);
  wire.reply = () => fixture('datadog-v2');
  expect((await look()).points.length).toBe(4);
  expect(wire.requests.length).toBe(2);
});

test('the last request of a limit is the last until it is reset, and with more left nothing is held back', async () => {
  const source = open();
  const with_ = (remaining: string) => ({
    'content-type': 'application/json',
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': '90',
  });
  const answer = fixture('datadog-v2');
  const body = typeof answer === 'object' && 'text' in answer ? answer.text : '';
  const look = () => source.query(parsed({ fold: 'max' }), { from: NOW - 5 * MINUTE, to: clock.now() }, 0, signal);
  wire.reply = () => ({ status: 200, headers: with_('3'), text: body });
  await look();
  await clock.advance(MINUTE);
  wire.reply = () => ({ status: 200, headers: with_('0'), text: body });
  await look();
  await clock.advance(MINUTE);
  await expect(look()).rejects.toMatchObject({ failure: { reason: 'throttled' } });
  expect(wire.requests.length).toBe(2);
});

test('a name of a deployment goes in as Datadog writes tags', async () => {
  const source = open();
  const deployment = deploymentAt(NOW, {
    application: { id: 'a', name: 'Check out} by {host' },
    environment: { id: 'e', name: 'Prod.EU/1' },
  });
  const query = parsed({ query: 'sum:errors{app:{{deployment.application}},env:{{deployment.environment}}}' });
  const filled = source.forDeployment?.(query, deployment);
  expect(filled?.query).toBe('sum:errors{app:check_out__by__host,env:prod.eu/1}');
  expect(source.forDeployment?.(query, deployment)).toBe(filled);
  const several = parsed({
    queries: { e: 'sum:e{app:{{deployment.application}}}', h: 'sum:h{*}' },
    formula: 'e / h',
  });
  expect(source.forDeployment?.(several, deployment).queries).toEqual({
    e: 'sum:e{app:check_out__by__host}',
    h: 'sum:h{*}',
  });
  const plain = parsed({});
  expect(source.forDeployment?.(plain, deployment)).toBe(plain);
});

test.each([
  ['datadoghq.com', 'https://api.datadoghq.com'],
  ['us5.datadoghq.com', 'https://api.us5.datadoghq.com'],
  ['datadoghq.eu', 'https://api.datadoghq.eu'],
])('the site %s is asked at its own address', async (site, origin) => {
  const asked: string[] = [];
  const access = wire.access(clock);
  const http = {
    ...access.http,
    // Nothing leaves this machine: the request is sent to the test's own endpoint instead.
    send: (request: Parameters<typeof access.http.send>[0], leave: AbortSignal) => {
      asked.push(new URL(request.url).origin);
      return access.http.send({ ...request, url: wire.origin }, leave);
    },
  };
  const query = datadog.options().parse({
    kind: 'datadog',
    site,
    query: 'avg:x{*}',
    fold: 'max',
    period: '60s',
    ...KEYS,
  });
  await datadog.open({ ...access, http }).query(query, { from: NOW - 5 * MINUTE, to: NOW }, 0, signal);
  expect(asked).toEqual([origin]);
});
