/** The source prometheus: each answer that is not numbers is told as what it is, and what is sent is what is meant. */
import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { CREDENTIALS } from '../support/source-access.ts';
import { type WireAnswer, type WireEndpoint, type WireRequest, wireEndpoint } from '../support/wire-endpoint.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const { signal } = new AbortController();

let wire: WireEndpoint;
let clock: DrivenClock;
beforeEach(async () => {
  wire = await wireEndpoint(() => matrix(['1']));
  clock = drivenClock(NOW);
});
afterEach(() => wire[Symbol.asyncDispose]());

/** One series that ends now, a value a minute. */
function matrix(values: readonly string[], more: object = {}): WireAnswer {
  const first = NOW / 1_000 - 60 * (values.length - 1);
  const result = [{ metric: { app: 'shop' }, values: values.map((value, index) => [first + 60 * index, value]) }];
  return { json: { status: 'success', data: { resultType: 'matrix', result }, ...more } };
}

const problem = (status: number, errorType: string, error: string): WireAnswer => ({
  status,
  text: JSON.stringify({ status: 'error', errorType, error }),
});

async function ask(more: object = {}, minutes = 3) {
  const options = { kind: 'prometheus', url: wire.origin, query: 'up', period: '60s', ...more };
  const window = { from: NOW - minutes * MINUTE, to: NOW };
  const source = prometheus.open(wire.access(clock));
  const { points } = await source.query(prometheus.options().parse(options), window, 0, signal);
  return points.map(({ value }) => value);
}

async function failure(more: object = {}) {
  const error = await ask(more).catch((thrown: unknown) => thrown);
  if (error instanceof FailureError) return error.failure;
  throw new Error(`there was no failure but ${inspect(error)}`);
}

const text = (status: number, body: string, type = 'text/plain', more: object = {}): WireAnswer => ({
  status,
  headers: { 'content-type': type, ...more },
  text: body,
});
const PAGE = '<!DOCTYPE html><html><body>Please log in</body></html>';

describe('answers that are no numbers', () => {
  test.each<[string, WireAnswer, object]>([
    ['bad_data', problem(400, 'bad_data', 'parse error'), { reason: 'rejected', retryable: false, code: 'bad_data' }],
    ['execution', problem(422, 'execution', 'many-to-many'), { reason: 'rejected', retryable: false }],
    ['timeout', problem(503, 'timeout', 'query timed out'), { reason: 'timeout', retryable: true, status: 503 }],
    ['canceled', problem(503, 'canceled', 'query was canceled'), { reason: 'unavailable', retryable: true }],
    ['unavailable', problem(503, 'unavailable', 'starting'), { reason: 'unavailable', retryable: true }],
    ['internal', problem(500, 'internal', 'boom'), { reason: 'unavailable', retryable: true }],
    ['an error with status 200', problem(200, 'execution', 'no'), { reason: 'rejected' }],
    ["VictoriaMetrics' own", problem(422, '422', 'cannot parse'), { reason: 'rejected', status: 422 }],
    ['throttled with a type of tomorrow', problem(429, 'too_many', 'slow down'), { reason: 'throttled' }],
    ['throttled by something else', text(429, 'slow down'), { reason: 'throttled', retryable: true }],
    ['forbidden', text(403, PAGE, 'text/html'), { reason: 'auth', retryable: false, status: 403 }],
    ['not there', text(404, 'page not found'), { reason: 'not-found', status: 404 }],
    ['a gateway without a server', text(502, PAGE, 'text/html'), { reason: 'unavailable', retryable: true }],
    [
      'a login page',
      text(200, PAGE, 'text/html'),
      { reason: 'malformed', message: expect.stringContaining('login page') },
    ],
    ['a login page that calls itself text', text(200, PAGE), { message: expect.stringContaining('HTML page') }],
    [
      'a redirect',
      text(302, '', 'text/plain', { location: 'https://sso' }),
      { reason: 'rejected', message: expect.stringMatching(/redirect/) },
    ],
    ['no JSON', text(200, 'OK'), { reason: 'malformed', message: expect.stringContaining('not JSON') }],
    ['nothing', text(200, ''), { reason: 'malformed', message: expect.stringContaining('nothing') }],
    ['JSON of another kind', { json: { ok: true } }, { reason: 'malformed' }],
    ['a value that is no number', matrix(['many']), { reason: 'malformed' }],
    [
      'a point off the grid',
      {
        json: {
          status: 'success',
          data: { resultType: 'matrix', result: [{ metric: {}, values: [[NOW / 1_000 - 7, '1']] }] },
        },
      },
      { reason: 'malformed', message: expect.stringContaining('off the grid') },
    ],
    [
      'histograms',
      { json: { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, histograms: [] }] } } },
      { reason: 'rejected', message: expect.stringContaining('histogram_quantile') },
    ],
  ])('%s', async (_, answer, expected) => {
    wire.reply = () => answer;
    expect(await failure()).toMatchObject(expected);
  });

  test('a server that does not answer in time', async () => {
    wire.reply = () => 'hang';
    expect(await failure({ timeout: '200ms' })).toMatchObject({ reason: 'timeout', retryable: true });
    expect(wire.requests[0]?.form.get('timeout')).toBe('0.2');
  });
});

describe('answers with doubts', () => {
  test('warnings and partial answers are refused, or taken where the rule says so; notes are notes', async () => {
    wire.reply = () => matrix(['4'], { warnings: ['remote read: one store did not answer'] });
    expect(await failure()).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('one store did not'),
    });
    expect(await ask({ partial: 'accept' })).toEqual([4]);
    wire.reply = () => matrix(['5'], { isPartial: true });
    expect(await failure()).toMatchObject({ reason: 'unavailable', retryable: true });
    expect(await ask({ partial: 'accept' })).toEqual([5]);
    wire.reply = () => matrix(['6'], { infos: ['metric might not be a counter'], warnings: [] });
    expect(await ask()).toEqual([6]);
  });

  test('NaN is missing, and Inf is what the rule says', async () => {
    wire.reply = () => matrix(['1e-3', 'NaN', '2.5E+1']);
    expect(await ask()).toEqual([0.001, 25]);
    wire.reply = () => matrix(['1', '-Inf', '+Inf']);
    expect(await failure()).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('infinite: missing'),
    });
    expect(await ask({ infinite: 'missing' })).toEqual([1]);
  });
});

describe('what is sent', () => {
  test('a form with start, end and step of whole periods, behind the prefix of the address', async () => {
    await ask({ url: `${wire.origin}/select/0/prometheus/`, query: 'sum(up) > 0' });
    const [
      { method, url, form, headers } = {
        method: '',
        url: new URL('http://x'),
        form: new URLSearchParams(),
        headers: {},
      },
    ] = wire.requests;
    expect([method, url.pathname]).toEqual(['POST', '/select/0/prometheus/api/v1/query_range']);
    expect(Object.fromEntries(form)).toEqual({
      ...{ query: 'sum(up) > 0', step: '60', timeout: '10' },
      start: String(NOW / 1_000 - 120),
      end: String(NOW / 1_000),
    });
    expect(headers.accept).toBe('application/json');
  });

  test('by GET in the address, by instant queries with their time', async () => {
    wire.reply = () => ({ json: { status: 'success', data: { resultType: 'scalar', result: [NOW / 1_000, '8'] } } });
    expect(await ask({ method: 'GET', instant: true })).toEqual([8]);
    const [sent] = wire.requests;
    expect([sent?.method, sent?.body, sent?.url.pathname]).toEqual(['GET', '', '/api/v1/query']);
    expect(sent?.form.get('time')).toBe(String(NOW / 1_000));
  });

  test('headers of the file, bearer and basic, which no message shows', async () => {
    const headers = { 'X-Scope-OrgID': 'tenant-7' };
    await ask({ headers, auth: { kind: 'bearer', token: 'the-token-itself' } });
    await ask({ auth: { kind: 'basic', username: 'me', password: 'the-password-itself' } });
    const [bearer, basic] = wire.requests.map((request) => request.headers);
    expect(bearer).toMatchObject({ 'x-scope-orgid': 'tenant-7', authorization: 'Bearer the-token-itself' });
    expect(basic?.authorization).toBe(`Basic ${Buffer.from('me:the-password-itself').toString('base64')}`);
    wire.reply = () => text(401, 'no');
    const refused = await failure({ headers, auth: { kind: 'bearer', token: 'the-token-itself' } });
    expect(inspect(refused)).not.toMatch(/the-token|tenant-7/);
  });

  test('the same words asked as somebody else are another question', async () => {
    const source = prometheus.open(wire.access(clock));
    const look = (token: string) => {
      const options = {
        kind: 'prometheus',
        url: wire.origin,
        query: 'up',
        period: '60s',
        auth: { kind: 'bearer', token },
      };
      return source.query(prometheus.options().parse(options), { from: NOW - 3 * MINUTE, to: NOW }, 0, signal);
    };
    await Promise.all([look('one'), look('other'), look('one')]);
    expect(wire.requests.length).toBe(2);
  });
});

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** Signature Version 4 as AWS's documents describe it, computed from what arrived. */
function signatureOf(request: WireRequest, region: string, service: string): string {
  const { authorization = '', 'x-amz-date': date } = request.headers;
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '';
  const header = (name: string) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}\n`;
  const canonical = [
    request.method,
    request.url.pathname,
    '',
    signed.split(';').map(header).join(''),
    signed,
    sha256(request.body),
  ].join('\n');
  const day = String(date).slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', String(date), scope, sha256(canonical)].join('\n');
  const parts = [day, region, service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>((one, part) => hmac(one, part), `AWS4${CREDENTIALS.secretAccessKey}`);
  return createHmac('sha256', key).update(toSign).digest('hex');
}

describe('signed for Amazon Managed Prometheus', () => {
  test.each([
    ["the target's region", { kind: 'sigv4' }, 'eu-west-1', 'aps'],
    [
      'another region and service',
      { kind: 'sigv4', region: 'us-east-1', service: 'execute-api' },
      'us-east-1',
      'execute-api',
    ],
  ])('with %s', async (_, auth, region, service) => {
    await ask({ url: `${wire.origin}/workspaces/ws-1234`, auth, query: 'sum(rate(errors{app="a b"}[1m]))' });
    const [request] = wire.requests;
    if (request === undefined) throw new Error('nothing was asked');
    const { authorization = '' } = request.headers;
    expect(authorization).toContain(`/${region}/${service}/aws4_request`);
    expect(authorization).toMatch(/SignedHeaders=[^,]*\bhost\b/);
    expect(request.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
    expect(/Signature=([0-9a-f]{64})/.exec(authorization)?.[1]).toBe(signatureOf(request, region, service));
  });
});
