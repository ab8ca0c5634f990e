/** The HTTP under the SDK, against servers that behave well and badly. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfigClient, GetDeploymentCommand } from '@aws-sdk/client-appconfig';
import { HttpRequest } from '@smithy/core/protocols';
import { afterEach, expect, test } from 'vitest';
import { UndiciHandler } from '../../src/aws/http.ts';

const open: { server: Server; handler: UndiciHandler }[] = [];

afterEach(() => {
  for (const { server, handler } of open.splice(0)) {
    handler.destroy();
    server.closeAllConnections();
    server.close();
  }
});

async function serving(listener: RequestListener, options: Partial<{ connections: number; patience: number }> = {}) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handler = new UndiciHandler({ connections: 4, patience: 5_000, ...options });
  open.push({ server, handler });
  let connected = 0;
  server.on('connection', () => {
    connected++;
  });
  const request = (more: Partial<HttpRequest> = {}) =>
    new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port, method: 'GET', path: '/', headers: {}, ...more });
  return { handler, port, request, connected: () => connected };
}

const textOf = (body: Uint8Array) => Buffer.from(body).toString();

test('gives status, headers by their lower-case names, and the body whole', async () => {
  const { handler, request } = await serving((_, response) => {
    response.writeHead(418, 'Short and stout', { 'X-Amzn-RequestId': 'r1', 'Set-Cookie': ['a=1', 'b=2'] });
    response.write('x'.repeat(100_000));
    setImmediate(() => response.end('the end'));
  });
  const { response } = await handler.handle(request());
  expect([response.statusCode, response.reason]).toEqual([418, 'Short and stout']);
  expect(response.headers).toMatchObject({ 'x-amzn-requestid': 'r1', 'set-cookie': 'a=1, b=2' });
  expect(textOf(response.body)).toBe(`${'x'.repeat(100_000)}the end`);
});

test('sends method, query, headers and body as they were signed', async () => {
  const seen: unknown[] = [];
  const { handler, request } = await serving(async (got, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of got) chunks.push(chunk);
    seen.push(got.method, got.url, got.headers.host, got.headers['x-a'], Buffer.concat(chunks).toString());
    response.end();
  });
  const query = { b: ['2', '1'], a: "it's (a) b/c*!" };
  const headers = { host: 'appconfig.example', 'x-a': 'y' };
  const { response } = await handler.handle(
    request({ method: 'POST', path: '/p%20q', query, headers, body: '{"é":1}' }),
  );
  expect(response.body.byteLength).toBe(0);
  expect(seen).toEqual([
    'POST',
    '/p%20q?a=it%27s%20%28a%29%20b%2Fc%2A%21&b=2&b=1',
    'appconfig.example',
    'y',
    '{"é":1}',
  ]);
});

test('keeps its connections, and opens no more than it may', async () => {
  const { handler, request, connected } = await serving((_, response) => void setTimeout(() => response.end('ok'), 5), {
    connections: 2,
  });
  await Promise.all(Array.from({ length: 20 }, () => handler.handle(request())));
  await handler.handle(request());
  expect(connected()).toBe(2);
});

test('what is aborted ends at once: under way, waiting for a connection (and is never sent), and beforehand', async () => {
  const urls: string[] = [];
  const { handler, request } = await serving((got) => void urls.push(got.url ?? ''), { connections: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const held = handler.handle(request({ path: '/first' }), { abortSignal: first.signal });
  const waiting = handler.handle(request({ path: '/second' }), { abortSignal: second.signal });
  await expect.poll(() => urls).toEqual(['/first']);
  second.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  first.abort();
  await expect(held).rejects.toMatchObject({ name: 'AbortError' });
  const third = handler.handle(request({ path: '/third' }), { abortSignal: AbortSignal.abort() });
  await expect(third).rejects.toMatchObject({ name: 'AbortError' });
  const last = new AbortController();
  const after = handler.handle(request({ path: '/fourth' }), { abortSignal: last.signal });
  await expect.poll(() => urls).toEqual(['/first', '/fourth']);
  last.abort();
  await expect(after).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([
  ['announced', true],
  ['found', false],
])('an answer that is %s to be too large is not read to its end', async (_, announced) => {
  let sent = 0;
  const { handler, request } = await serving((_got, response) => {
    const part = Buffer.alloc(1_000_000);
    if (announced) response.setHeader('content-length', 60 * part.length);
    const more = () => {
      while (!response.destroyed && sent < 60 * part.length) {
        sent += part.length;
        if (!response.write(part)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  await expect(handler.handle(request())).rejects.toThrow('an answer larger than 16777216 bytes was not read');
  await sleep(50);
  expect(sent).toBeLessThan(40_000_000);
});

test('nothing said in time, or no more of it, is a timeout by the name that the SDK knows', async () => {
  const { handler, request } = await serving(
    (got, response) => {
      if (got.url === '/half') response.writeHead(200, { 'content-length': 10 }).write('half');
    },
    { patience: 100 },
  );
  const timeout = { name: 'TimeoutError', code: 'ETIMEDOUT' };
  await expect(handler.handle(request())).rejects.toMatchObject(timeout);
  await expect(handler.handle(request({ path: '/half' }))).rejects.toMatchObject(timeout);
});

test('a connection that is cut is a reset: before the answer, within it, and by oneself', async () => {
  const { handler, request } = await serving((got, response) => {
    if (got.url === '/now') response.destroy();
    if (got.url === '/half') response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
  });
  const reset = { code: 'ECONNRESET' };
  await expect(handler.handle(request({ path: '/now' }))).rejects.toMatchObject(reset);
  await expect(handler.handle(request({ path: '/half' }))).rejects.toMatchObject(reset);
  const held = handler.handle(request({ path: '/held' }));
  const cut = expect(held).rejects.toMatchObject(reset);
  await sleep(50);
  handler.destroy();
  await cut;
});

test('goes on after it was destroyed, as a stop does that a reload finds under way', async () => {
  const { handler, request } = await serving((_, response) => response.end('ok'));
  await handler.handle(request());
  handler.destroy();
  expect(textOf((await handler.handle(request())).response.body)).toBe('ok');
});

test('the SDK tries again what was cut', async () => {
  let asked = 0;
  const { handler, port } = await serving((_, response) => {
    if (++asked < 3) response.destroy();
    else response.setHeader('content-type', 'application/json').end('{"DeploymentNumber":7}');
  });
  const client = new AppConfigClient({
    ...{ region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}`, requestHandler: handler, maxAttempts: 3 },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
  });
  const command = new GetDeploymentCommand({ ApplicationId: 'a', EnvironmentId: 'e', DeploymentNumber: 7 });
  expect((await client.send(command)).DeploymentNumber).toBe(7);
  expect(asked).toBe(3);
});
