/** The source http: any JSON, by paths, as points or one sample a period. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { http } from '../../src/sources/http/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { type WireEndpoint, wireEndpoint } from '../support/wire-endpoint.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const { signal } = new AbortController();

let wire: WireEndpoint;
let clock: DrivenClock;
beforeEach(async () => {
  wire = await wireEndpoint(() => ({ json: {} }));
  clock = drivenClock(NOW);
});
afterEach(() => wire[Symbol.asyncDispose]());

const parsed = (more: object) =>
  http.options().parse({ kind: 'http', url: `${wire.origin}/n`, period: '60s', value: '$', ...more });
const open = () => http.open(wire.access(clock));
const window = (minutes: number) => ({ from: clock.now() - minutes * MINUTE, to: clock.now() });

async function read(json: unknown, more: object = {}) {
  wire.reply = () => ({ json });
  const { points } = await open().query(parsed(more), window(5), 0, signal);
  return points.map(({ at, value }) => `${(at - NOW) / MINUTE}=${value}`);
}
async function failure(json: unknown, more: object = {}) {
  const error = await read(json, more).catch((thrown: unknown) => thrown);
  if (error instanceof FailureError) return error.failure;
  throw new Error('there was no failure');
}

test.each<[string, unknown, string, readonly string[]]>([
  ['a bare number', 42, '$', ['-1=42']],
  ['a number in quotes', { errors: '1.5e2' }, '$.errors', ['-1=150']],
  [
    'a filter',
    {
      services: [
        { name: 'a', n: 1 },
        { name: 'b', n: 2 },
      ],
    },
    '$.services[?@.name=="b"].n',
    ['-1=2'],
  ],
  ['null is none', { errors: null }, '$.errors', []],
  ['a path that finds nothing is none', {}, '$.errors', []],
])('%s', async (_, json, value, points) => {
  expect(await read(json, { value })).toEqual(points);
});

test.each<[string, unknown, string]>([
  ['true', { errors: true }, '$.errors is not a number but a boolean'],
  ['a list', { errors: [1] }, '$.errors is not a number but a list'],
  ['words', { errors: 'many' }, '$.errors is not a number but a string'],
])('%s is no number', async (_, json, because) => {
  expect(await failure(json, { value: '$.errors' })).toMatchObject({
    reason: 'malformed',
    message: expect.stringContaining(because),
  });
});

test('several numbers are told, or folded', async () => {
  const json = { pods: [{ n: 1 }, { n: 2 }, { n: 6 }] };
  const several = await failure(json, { value: '$.pods[*].n' });
  expect(several).toMatchObject({ reason: 'rejected', message: expect.stringContaining('3 values at $.pods[*].n') });
  for (const [fold, sum] of [
    ['sum', 9],
    ['avg', 3],
    ['min', 1],
    ['max', 6],
  ] as const) {
    expect(await read(json, { value: '$.pods[*].n', fold })).toEqual([`-1=${sum}`]);
  }
});

test('a number is sampled once a period by whoever looks first, and its history is kept', async () => {
  const source = open();
  const query = parsed({ value: '$.n' });
  let n = 0;
  wire.reply = () => ({ json: { n: ++n } });
  await clock.advance(10_000);
  for (let period = 0; period < 4; period++) {
    for (let poll = 0; poll < 4; poll++) {
      await Promise.all([
        source.query(query, window(3), 90_000, signal),
        source.query(query, window(9), 90_000, signal),
      ]);
      await clock.advance(15_000);
    }
  }
  expect(wire.requests.length).toBe(4);
  const { points, settledUntil } = await source.query(query, window(9), 90_000, signal);
  expect(points.map(({ value, settled }) => [value, settled])).toEqual([
    [1, true],
    [2, true],
    [3, true],
    [4, false],
    [5, false],
  ]);
  expect(settledUntil).toBe(NOW + 2 * MINUTE);
  // A window that is over is answered by what is there.
  const seen = wire.requests.length;
  const past = await source.query(query, { from: NOW - 3 * MINUTE, to: NOW }, 90_000, signal);
  expect(past.points.map(({ value }) => value)).toEqual([1]);
  expect(wire.requests.length).toBe(seen);
});

test('a sample that failed is taken again within its period, and not after it', async () => {
  const source = open();
  const query = parsed({ value: '$.n' });
  wire.reply = () => ({ status: 503, text: 'not now' });
  await expect(source.query(query, window(3), 0, signal)).rejects.toMatchObject({ failure: { reason: 'unavailable' } });
  wire.reply = () => ({ json: { n: 1 } });
  expect((await source.query(query, window(3), 0, signal)).points.map(({ value }) => value)).toEqual([1]);
  wire.reply = () => ({ status: 503, text: 'not now' });
  await clock.advance(MINUTE);
  await expect(source.query(query, window(3), 0, signal)).rejects.toBeInstanceOf(FailureError);
  await clock.advance(MINUTE);
  wire.reply = () => ({ json: { n: 3 } });
  const { points } = await source.query(query, window(4), 0, signal);
  expect(points.map(({ at, value }) => `${(at - NOW) / MINUTE}=${value}`)).toEqual(['-1=1', '1=3']);
});

const at = (minutes: number) => NOW + minutes * MINUTE;
test.each<[string, unknown, object, readonly string[]]>([
  [
    'seconds',
    [
      { t: at(-2) / 1_000, v: 1 },
      { t: at(-1) / 1_000, v: 2 },
    ],
    { unit: 's' },
    ['-2=1', '-1=2'],
  ],
  [
    'milliseconds, unordered and off the grid',
    [
      { t: at(-1) + 9_000, v: 2 },
      { t: at(-3) + 1, v: 1 },
    ],
    { unit: 'ms' },
    ['-3=1', '-1=2'],
  ],
  [
    'ISO 8601, at the ends',
    [
      { t: '2026-11-22T11:59:00Z', v: 1 },
      { t: '2026-11-22T13:00:00+01:00', v: 2 },
    ],
    { unit: 'iso', stamp: 'end' },
    ['-2=1', '-1=2'],
  ],
  [
    'null, and what lies outside',
    [
      { t: at(-1), v: null },
      { t: at(-90), v: 1 },
      { t: at(5), v: 1 },
    ],
    { unit: 'ms' },
    [],
  ],
])('points in %s', async (_, data, more, expected) => {
  const points = { path: '$.data[*]', time: '$.t', ...more };
  expect(await read({ data }, { value: '$.v', points })).toEqual(expected);
});

test('points of one period become one as the rule says, and what is no time is told', async () => {
  const points = { path: '$[*]', time: '$[0]', unit: 's' };
  const json = [
    [at(-1) / 1_000, 1],
    [at(-1) / 1_000 + 30, 5],
  ];
  expect(await failure(json, { value: '$[1]', points })).toMatchObject({ reason: 'rejected' });
  expect(await read(json, { value: '$[1]', points, fold: 'avg' })).toEqual(['-1=3']);
  for (const time of ['soon', null, true, '1e400', 1e300]) {
    const wrong = await failure([[time, 1]], { value: '$[1]', points });
    expect(wrong).toMatchObject({ reason: 'malformed', message: expect.stringContaining('is not a time (s)') });
  }
});

test('the window goes into the address, and a name of a deployment is one part of it', async () => {
  wire.reply = () => ({ json: [] });
  const source = open();
  const points = { path: '$[*]', time: '$.t', unit: 'iso', from: 'since', to: 'until' };
  const query = parsed({
    url: `${wire.origin}/{{deployment.application}}/n?env={{deployment.environment}}`,
    points,
    value: '$.v',
  });
  const named = (name: string) =>
    deploymentAt(NOW, { application: { id: 'a', name }, environment: { id: 'e', name: 'prod&x=1#' } });
  const filled = source.forDeployment?.(query, named('a/../b?c')) ?? query;
  await source.query(filled, window(2), 0, signal);
  const [sent] = wire.requests;
  expect(sent?.url.pathname).toBe('/a%2F..%2Fb%3Fc/n');
  expect(Object.fromEntries(sent?.url.searchParams ?? [])).toEqual({
    env: 'prod&x=1#',
    since: '2026-11-22T11:58:00.000Z',
    until: '2026-11-22T12:00:00.000Z',
  });
  for (const name of ['..', '.']) {
    expect(() => source.forDeployment?.(query, named(name))).toThrow('would lead to another path');
  }
});

test('a name of a deployment is nothing but a name in a body and in a path', async () => {
  wire.reply = () => ({ json: { apps: [{ name: `it's "x"\\`, n: 3 }] } });
  const source = open();
  const body = '{"app": "{{deployment.application}}"}';
  for (const value of [
    `$.apps[?@.name=="{{deployment.application}}"].n`,
    `$.apps[?@.name=='{{deployment.application}}'].n`,
  ]) {
    const query = parsed({ method: 'POST', body, value });
    const deployment = deploymentAt(NOW, { application: { id: 'a', name: `it's "x"\\` } });
    const { points } = await source.query(source.forDeployment?.(query, deployment) ?? query, window(2), 0, signal);
    expect(points.map((point) => point.value)).toEqual([3]);
  }
  expect(JSON.parse(wire.requests[0]?.body ?? '')).toEqual({ app: `it's "x"\\` });
  expect(wire.requests[0]?.headers['content-type']).toBe('application/json');
});
