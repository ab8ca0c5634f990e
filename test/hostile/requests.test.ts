/** Requests made to do harm: the daemon's HTTP refuses them, stays up, and nobody from outside becomes an operator. */

import { connect } from 'node:net';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/cli/explain.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { stopCommand } from '../../src/cli/stop.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { journalOf, run } from '../cli/explain-status-io.ts';
import { runCommand } from '../cli/support/policy-io.ts';
import { deploymentAt } from '../support/deployment.ts';
import { SILENT_OPERATOR } from '../support/operator.ts';
import { HOSTILE_TEXT, printsHarmlessly } from './support/texts.ts';

let http: HttpServer;
let port: number;
let resumed: { by: string; reason: string }[] = [];

beforeAll(async () => {
  const fine = () => ({ ok: true, because: [] });
  const operator = {
    ...SILENT_OPERATOR,
    resume(by: string, reason: string) {
      resumed.push({ by, reason });
      return true;
    },
  };
  const metrics = new Registry();
  http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    health: fine,
    ready: fine,
    metrics,
    status: () => ({}),
    operator,
  });
  port = Number(new URL(http.url).port);
});
afterAll(() => http.stop());
beforeEach(() => {
  resumed = [];
});

const BODY = JSON.stringify({ by: 'mia', reason: 'INC-42' });

/** Sends bytes as they are; what came back until the server closed or `within` ms were over. */
async function raw(bytes: string | Buffer, within = 3_000): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  let got = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    got += text;
    if (/\r\n\r\n.*\}$/s.test(got)) resolve();
  });
  socket.on('error', () => resolve()).on('close', () => resolve());
  const late = setTimeout(resolve, within);
  await promise;
  clearTimeout(late);
  socket.destroy();
  return got;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

function resume(headers: Readonly<Record<string, string>>, body = BODY): Promise<string> {
  const all = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return raw(`POST /operator/resume HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

describe('resume', () => {
  test('is taken from a program on this machine', async () => {
    expect(statusOf(await resume({ Host: `127.0.0.1:${port}` }))).toBe(200);
    expect(resumed).toEqual([{ by: 'mia', reason: 'INC-42' }]);
  });

  test.each<[what: string, headers: Readonly<Record<string, string>>]>([
    ['a name that was bound to this machine', { Host: 'evil.example' }],
    ['such a name with our port', { Host: 'evil.example:9464' }],
    ['a name that begins like ours', { Host: '127.0.0.1.evil.example' }],
    ['a name that ends like ours', { Host: 'evil.localhost' }],
    ['an address of nobody', { Host: '0.0.0.0' }],
    ['no name', { Host: '' }],
    ['a user before the name', { Host: 'evil.example@127.0.0.1' }],
    ['a page of another site', { Host: '127.0.0.1', Origin: 'http://evil.example' }],
    ['a page without a site', { Host: '127.0.0.1', Origin: 'null' }],
    ['a page of this machine', { Host: '127.0.0.1', Origin: 'http://127.0.0.1' }],
  ])('is refused for %s', async (_, headers) => {
    expect([400, 403]).toContain(statusOf(await resume(headers)));
    expect(resumed).toEqual([]);
  });

  test.each<[what: string, body: string, type: string]>([
    ['a form', 'by=mia&reason=x', 'application/x-www-form-urlencoded'],
    ['plain text, as a page may send it', BODY, 'text/plain'],
    ['no JSON', '{"by":', 'application/json'],
    ['a prototype', '{"__proto__":{"by":"x","reason":"y"}}', 'application/json'],
    ['a constructor', '{"constructor":{"prototype":{"by":"x"}}}', 'application/json'],
    ['a key too many', '{"by":"x","reason":"y","force":true}', 'application/json'],
    ['an empty name', '{"by":"","reason":"y"}', 'application/json'],
    ['a reason without end', JSON.stringify({ by: 'x', reason: 'y'.repeat(10_000) }), 'application/json'],
    ['a megabyte', JSON.stringify({ by: 'x', reason: 'y'.repeat(1_000_000) }), 'application/json'],
    ['nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'application/json'],
  ])('is refused with %s', async (_, body, type) => {
    const status = statusOf(await resume({ Host: '127.0.0.1', 'Content-Type': type }, body));
    expect([0, 400, 413, 415]).toContain(status);
    expect(resumed).toEqual([]);
  });

  test('hidden behind another request is refused', async () => {
    const hidden = `POST /operator/resume HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
    const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked';
    expect(statusOf(await raw(`POST /healthz HTTP/1.1\r\nHost: x\r\n${both}\r\n\r\n0\r\n\r\n${hidden}`))).toBe(400);
    expect(
      statusOf(await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`)),
    ).toBe(400);
    expect(
      statusOf(await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n')),
    ).toBeGreaterThanOrEqual(400);
    await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`);
    expect(resumed).toEqual([]);
  });
});

describe('the server', () => {
  const alive = async () => expect((await fetch(`${http.url}/healthz`)).status).toBe(200);

  test.each<[what: string, bytes: string | Buffer, statuses: readonly number[]]>([
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`, [431]],
    ['a thousand headers too many', `GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(20_000)}\r\n`, [431]],
    ['a path without end', `GET /${'a'.repeat(15_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [404, 414, 431]],
    ['a path out of the house', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', [404]],
    ['a path of bad escapes', 'GET /%ff%00%zz HTTP/1.1\r\nHost: x\r\n\r\n', [400, 404]],
    ['a page of another site', 'GET http://evil.example/x HTTP/1.1\r\nHost: x\r\n\r\n', [404]],
    ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n', [0, 400, 404, 405]],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', [404]],
    ['no request at all', Buffer.from([0, 1, 2, 255, 13, 10, 13, 10]), [400]],
    ['a version of nobody', 'GET / HTTP/9.9\r\n\r\n', [400, 505]],
    ['a line that splits', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rInjected: b\r\n\r\n', [400]],
  ])('refuses %s and stays up', async (_, bytes, statuses) => {
    expect(statuses).toContain(statusOf(await raw(bytes)));
    await alive();
  });

  test('answers methods and paths of all kinds with a status, and never with what they hold', async () => {
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND');
    const path = fc.oneof(
      fc.constantFrom('/healthz', '/readyz', '/metrics', '/status', '/operator/resume', '/__proto__', '/constructor'),
      fc.webPath(),
    );
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, where) => {
        const answer = await raw(`${verb} ${where || '/'} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        expect(statusOf(answer)).toBeGreaterThanOrEqual(200);
        expect(statusOf(answer)).toBeLessThan(500);
        expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff');
      }),
      { numRuns: 60 },
    );
    expect(resumed).toEqual([]);
  });

  test('is not held up by two hundred who send their request one letter at a time', async () => {
    const slow = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    for (const socket of slow) socket.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: ');
    const dripping = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x');
    }, 100);
    try {
      await alive();
      // Each is cut off in the end, however it drips.
      await expect.poll(() => slow.every(({ closed }) => closed), { timeout: 50_000, interval: 250 }).toBe(true);
      await alive();
    } finally {
      clearInterval(dripping);
      for (const socket of slow) socket.destroy();
    }
  });
});

describe('an argument of the command line', () => {
  const connectNever = () => {
    throw new Error('nobody is to be asked');
  };
  const arguments_ = [...Object.values(HOSTILE_TEXT), '../..', 'a/b/0', 'a/b/-1', 'a/b/1e3', `a/b/${'9'.repeat(400)}x`];

  test.each(arguments_)('%j names nothing, and is told without harm', async (text) => {
    const snapshot = deploymentAt(0, { application: { id: 'a', name: text } });
    const watch = { deployment: snapshot.ref, policy: 'p' };
    using file = journalOf([{ kind: 'deployment-discovered', at: 0, watch, mode: 'enforce', snapshot, rules: [] }]);
    const explained = await run(explainCommand, text, '--journal', file.path);
    const stopping = (io: Parameters<typeof explainCommand>[0]) => stopCommand({ io, connect: connectNever });
    const stopped = await runCommand(stopping, [text, '--reason', text, '--config', text]);
    const asked = await runCommand(resumeCommand, ['--url', text, '--reason', text]);
    expect([explained.code, stopped.code, asked.code]).not.toContain(0);
    for (const { out, err } of [explained, stopped, asked]) {
      for (const line of `${out}${err}`.split('\n')) expect(printsHarmlessly(line)).toBe(true);
      expect(out.length + err.length).toBeLessThan(5_000);
    }
  });
});
