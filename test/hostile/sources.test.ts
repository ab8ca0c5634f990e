/** Whatever an endpoint answers: numbers that are finite and on the grid, or a FailureError in one harmless line. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { Source } from '../../src/core/seams.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import type { HttpAnswer, HttpClient } from '../../src/lib/http.ts';
import { datadog } from '../../src/sources/datadog/index.ts';
import { http } from '../../src/sources/http/index.ts';
import { newrelic } from '../../src/sources/newrelic/index.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { sourceAccess, type TestAccess } from '../support/source-access.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const { signal } = new AbortController();
const SECRET = 'the-secret-itself';

/** Words the formats use, so that the random answers come near to real ones. */
const KEYS = [
  ...[
    'status',
    'data',
    'resultType',
    'result',
    'metric',
    'value',
    'values',
    'error',
    'errorType',
    'warnings',
    'errors',
  ],
  ...[
    'series',
    'times',
    'attributes',
    'pointlist',
    'interval',
    'actor',
    'account',
    'nrql',
    'results',
    'facet',
    'count',
  ],
  ...['beginTimeSeconds', 'endTimeSeconds', '__proto__', 'n', 't', 'message', 'extensions', 'errorClass'],
];
const leaf = fc.oneof(
  fc.constantFrom(
    'success',
    'error',
    'ok',
    'matrix',
    'vector',
    'scalar',
    'NaN',
    '+Inf',
    '1',
    '\u001b[31m\nred',
    SECRET,
  ),
  fc.constantFrom(NOW, NOW / 1_000, NOW - MINUTE, NOW / 1_000 - 60, 60, 1e308, -1, 0.5, null, true),
  fc.string({ maxLength: 8 }),
  fc.double(),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ maxDepth: 6 }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('json'), { maxLength: 4 }),
  map: fc.dictionary(fc.constantFrom(...KEYS), tie('json'), { maxKeys: 5, noNullPrototype: true }),
}));
const series = fc.array(fc.tuple(leaf, leaf), { maxLength: 5 });
/** Right but for what stands in the places of numbers and times. */
const near = fc.oneof(
  series.map((values) => ({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } })),
  series.map((pointlist) => ({ status: 'ok', series: [{ interval: 60, pointlist }] })),
  fc.tuple(fc.array(leaf), fc.array(leaf)).map(([times, values]) => ({
    data: { attributes: { series: [{}], times, values: [values] } },
  })),
  fc.array(fc.tuple(leaf, leaf, leaf)).map((rows) => ({
    data: {
      actor: {
        account: {
          nrql: { results: rows.map(([begin, end, n]) => ({ beginTimeSeconds: begin, endTimeSeconds: end, n })) },
        },
      },
    },
  })),
  series.map((points) => ({ data: points.map(([t, n]) => ({ t, n })) })),
);
const answer: fc.Arbitrary<HttpAnswer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 204, 302, 400, 401, 404, 422, 429, 500, 503),
  headers: fc.dictionary(
    fc.constantFrom('content-type', 'x-ratelimit-reset', 'x-ratelimit-remaining'),
    fc.constantFrom('application/json', 'text/html', '0', '1', '-5', 'NaN', '1e400'),
    { noNullPrototype: true },
  ),
  text: fc.oneof(
    near.map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify(value)),
    fc.string(),
  ),
});

let access: TestAccess;
beforeAll(() => {
  access = sourceAccess(drivenClock(NOW));
});
afterAll(() => access[Symbol.asyncDispose]());

/** A fresh source each time, whose client gives that answer: thousands of them go over no socket. */
function answering(given: HttpAnswer) {
  const client: HttpClient = { send: async () => given, close: async () => {} };
  return { ...access, http: client };
}

async function looked<Query>(source: Source<Query>, query: Query): Promise<void> {
  try {
    const { points } = await source.query(query, { from: NOW - 5 * MINUTE, to: NOW }, 0, signal);
    for (const { at, value } of points) {
      expect(Number.isFinite(value)).toBe(true);
      expect(at % MINUTE).toBe(0);
      expect(at).toBeGreaterThanOrEqual(NOW - 5 * MINUTE);
      expect(at).toBeLessThan(NOW);
    }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    expect(error.failure.reason).not.toBe('internal');
    expect(error.failure.message).not.toMatch(/\p{Cc}/u);
    expect(error.failure.message.length).toBeLessThan(1_000);
  }
}

const common = { url: 'http://127.0.0.1:1', period: '60s' };
const points = { path: '$.data[*]', time: '$.t', unit: 's' };
const keys = { apiKey: SECRET, applicationKey: SECRET };
const KINDS: Readonly<Record<string, (given: HttpAnswer) => Promise<void>>> = {
  prometheus: (given) =>
    looked(
      prometheus.open(answering(given)),
      prometheus.options().parse({ kind: 'prometheus', query: 'x', ...common }),
    ),
  'prometheus, instant': (given) =>
    looked(
      prometheus.open(answering(given)),
      prometheus.options().parse({ kind: 'prometheus', query: 'x', instant: true, fold: 'sum', ...common }),
    ),
  'http, points': (given) =>
    looked(
      http.open(answering(given)),
      http.options().parse({ kind: 'http', value: '$.n', points, fold: 'max', ...common }),
    ),
  'http, a number': (given) =>
    looked(http.open(answering(given)), http.options().parse({ kind: 'http', value: '$..n', ...common })),
  'datadog v2': (given) =>
    looked(
      datadog.open(answering(given)),
      datadog.options().parse({ kind: 'datadog', query: 'x', ...keys, ...common }),
    ),
  'datadog v1': (given) =>
    looked(
      datadog.open(answering(given)),
      datadog.options().parse({ kind: 'datadog', query: 'x', api: 'v1', ...keys, ...common }),
    ),
  newrelic: (given) =>
    looked(
      newrelic.open(answering(given)),
      newrelic.options().parse({
        kind: 'newrelic',
        account: 1,
        apiKey: SECRET,
        query: 'SELECT n FROM x',
        fold: 'avg',
        ...common,
      }),
    ),
};

describe.each(Object.entries(KINDS))('%s', (_, look) => {
  test('numbers or a failure, whatever is answered', async () => {
    await fc.assert(fc.asyncProperty(answer, look), { numRuns: 500 });
  });

  test.each([
    ['a list of lists, very deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['a map of maps, very deep', `${'{"n":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ])('%s', (_name, text) => look({ status: 200, headers: {}, text }));
});
