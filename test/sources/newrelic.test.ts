/** The source newrelic against answers of NerdGraph in the shapes its documents and its users show. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { FailureError } from '../../src/core/failure.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { newrelic } from '../../src/sources/newrelic/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { type WireAnswer, type WireEndpoint, wireEndpoint } from '../support/wire-endpoint.ts';

const MINUTE = 60_000;
const NOW = 1_795_348_800_000;
const { signal } = new AbortController();
const fixture = (name: string): WireAnswer => ({
  status: 200,
  text: readFileSync(new URL(`fixtures/newrelic-${name}.json`, import.meta.url), 'utf8'),
});
const sent = z.object({
  query: z.string(),
  variables: z.object({ account: z.number(), nrql: z.string(), timeout: z.number() }),
});

let wire: WireEndpoint;
let clock: DrivenClock;
beforeEach(async () => {
  wire = await wireEndpoint(() => fixture('timeseries'));
  clock = drivenClock(NOW);
});
afterEach(() => wire[Symbol.asyncDispose]());

const parsed = (more: object) =>
  newrelic.options().parse({
    ...{ kind: 'newrelic', url: `${wire.origin}/graphql`, account: 7, apiKey: 'the-key-itself', period: '60s' },
    ...{ query: 'SELECT average(duration) FROM Transaction', ...more },
  });
const open = () => newrelic.open(wire.access(clock));

async function ask(more: object = {}, minutes = 5) {
  const { points } = await open().query(parsed(more), { from: NOW - minutes * MINUTE, to: NOW }, 0, signal);
  return points.map(({ at, value }) => `${(at - NOW) / MINUTE}=${value}`);
}
async function failure(more: object = {}) {
  const error = await ask(more).catch((thrown: unknown) => thrown);
  if (error instanceof FailureError) return error.failure;
  throw new Error('there was no failure');
}

test('buckets of the period over whole periods, by variables, and null is missing', async () => {
  expect(await ask()).toEqual(['-5=0.25', '-3=0.5', '-2=0.75', '-1=1']);
  const [request] = wire.requests;
  expect(request?.headers['api-key']).toBe('the-key-itself');
  const { variables, query } = sent.parse(JSON.parse(request?.body ?? ''));
  expect(query).toContain('nrql(query: $nrql, timeout: $timeout)');
  expect(variables).toEqual({
    account: 7,
    timeout: 10,
    nrql: `SELECT average(duration) FROM Transaction TIMESERIES 60 seconds SINCE ${NOW - 5 * MINUTE} UNTIL ${NOW}`,
  });
});

test('several numbers in a row are told, and one is named; facets are folded', async () => {
  wire.reply = () => fixture('facets');
  expect(await failure()).toMatchObject({
    reason: 'rejected',
    message: expect.stringContaining('several numbers (percentile.duration.95, percentile.duration.99, count)'),
  });
  const value = 'percentile.duration.95';
  expect(await failure({ value })).toMatchObject({
    message: expect.stringContaining('2 series and a rule judges one: checkout, search'),
  });
  expect(await ask({ value, fold: 'max' })).toEqual(['-2=2.5', '-1=1']);
  expect(await ask({ value: 'count', fold: 'sum' })).toEqual(['-2=30', '-1=30']);
  expect(await failure({ value: 'cuont' })).toMatchObject({ message: expect.stringContaining('no row has cuont') });
});

test('a long window is asked in pieces of 366 buckets', async () => {
  wire.reply = () => ({ json: { data: { actor: { account: { nrql: { results: [] } } } } } });
  expect(await ask({}, 800)).toEqual([]);
  const spans = wire.requests.map(({ body }) =>
    /SINCE (\d+) UNTIL (\d+)/.exec(sent.parse(JSON.parse(body)).variables.nrql),
  );
  const minutes = spans.map((span) => (Number(span?.[2]) - Number(span?.[1])) / MINUTE);
  expect(minutes.toSorted((a, b) => b - a)).toEqual([366, 366, 68]);
});

const refusal = (errorClass: string, message: string): WireAnswer => ({
  json: { data: { actor: { account: { nrql: null } } }, errors: [{ message, extensions: { errorClass } }] },
});

test.each<[string, WireAnswer, object]>([
  ['a query that took too long', fixture('timeout'), { reason: 'timeout', retryable: true, code: 'TIMEOUT' }],
  [
    'a query that is wrong',
    refusal('NRQL_ERROR', 'NRQL Syntax Error: unexpected TO'),
    { reason: 'rejected', message: expect.stringContaining('unexpected TO') },
  ],
  ['an account that is closed to the key', refusal('ACCESS_DENIED', 'no access'), { reason: 'auth', retryable: false }],
  ['too many queries', refusal('TOO_MANY_REQUESTS', 'slow down'), { reason: 'throttled', retryable: true }],
  ['a fault over there', refusal('SERVER_ERROR', 'oops'), { reason: 'unavailable', retryable: true }],
  [
    'a key that is refused',
    { status: 401, text: JSON.stringify({ errors: [{ message: 'Invalid API key' }] }) },
    { reason: 'auth', message: expect.stringContaining('Invalid API key') },
  ],
  [
    'other buckets than asked for',
    {
      json: {
        data: {
          actor: {
            account: {
              nrql: { results: [{ beginTimeSeconds: NOW / 1_000 - 300, endTimeSeconds: NOW / 1_000, count: 1 }] },
            },
          },
        },
      },
    },
    { reason: 'rejected', message: expect.stringContaining('buckets of 300 s') },
  ],
  [
    'rows without time',
    { json: { data: { actor: { account: { nrql: { results: [{ count: 1 }] } } } } } },
    { reason: 'malformed' },
  ],
])('%s', async (_, answer, expected) => {
  wire.reply = () => answer;
  const told = await failure();
  expect(told).toMatchObject(expected);
  expect(inspect(told)).not.toContain('itself');
});

test('a name of a deployment ends no string', async () => {
  const source = open();
  const deployment = deploymentAt(NOW, { application: { id: 'a', name: `it's \\' OR 1=1\n--` } });
  const query = parsed({ query: "SELECT count(*) FROM Log WHERE app = '{{deployment.application}}'" });
  const filled = source.forDeployment?.(query, deployment);
  expect(filled?.query).toBe(String.raw`SELECT count(*) FROM Log WHERE app = 'it\'s \\\' OR 1=1\u000a--'`);
  expect(source.forDeployment?.(query, deployment)).toBe(filled);
});
