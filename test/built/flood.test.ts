/** The built daemon under a hundred thousand posts, nearly all of them junk: it keeps its schedule, and a genuine alert stops. */
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FloodOrder, FloodResult } from '../http/support/flooder.ts';
import { openBell } from './support/bell.ts';
import { type Package, packProject } from './support/package.ts';
import { about, endOf, events, get, of } from './support/told.ts';

const TOKEN = 'a-token-of-this-test';
const POSTS = 100_000;

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

function policyText(journal: string): string {
  const where = { labels: { service: '{{deployment.application}}' } };
  return JSON.stringify({
    version: 1,
    targets: [{ region: 'eu-west-1' }],
    poll: '* * * * * *',
    discovery: { sweep: '1s', applicationsEvery: '10s' },
    stop: { followEvery: '1s' },
    hooks: { pager: { kind: 'alertmanager', auth: { kind: 'bearer', token: TOKEN } } },
    policies: [
      {
        name: 'checkout-prod',
        match: { application: 'checkout', environment: 'prod' },
        mode: 'enforce',
        rules: [{ name: 'pager', trigger: { kind: 'webhook', hook: 'pager', where } }],
      },
    ],
    http: { port: 0 },
    journal: { path: journal },
  });
}

function bodyOf(status: 'firing' | 'resolved', at: number, fingerprint = 'genuine'): string {
  const [startsAt, over] = [new Date(at).toISOString(), new Date(at + 1_000).toISOString()];
  const alert = {
    ...{ status, startsAt, endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : over, fingerprint },
    labels: { alertname: 'CheckoutErrors', service: fingerprint === 'genuine' ? 'checkout' : 'elsewhere' },
    annotations: { summary: '4.2 % of the requests fail' },
  };
  return JSON.stringify({ version: '4', status, receiver: 'w', groupLabels: {}, alerts: [alert] });
}

function request(path: string, body: string, headers: readonly string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Nine of ten from strangers; the tenth is authentic, and about something else or no alert at all. */
function junkAt(now: number): readonly string[] {
  const stranger = request('/hooks/pager', bodyOf('firing', now));
  const wrong = request('/hooks/pager', bodyOf('firing', now), [`authorization: Bearer ${TOKEN}x`]);
  const nobody = request('/hooks/nobody', 'x');
  const known = [`authorization: Bearer ${TOKEN}`];
  const others = request('/hooks/pager', bodyOf('firing', now, 'other'), known);
  const nonsense = request('/hooks/pager', '['.repeat(20_000), known);
  const tens = [others, nonsense].flatMap((one) => [
    ...Array.from({ length: 9 }, (_, at) => [stranger, wrong, nobody][at % 3] ?? ''),
    one,
  ]);
  return tens;
}

async function flooded(order: FloodOrder): Promise<FloodResult> {
  const worker = new Worker(new URL('../http/support/flooder.ts', import.meta.url), { workerData: order });
  const { promise, resolve, reject } = Promise.withResolvers<FloodResult>();
  worker.on('message', resolve).on('error', reject);
  return promise.finally(() => worker.terminate());
}

/** How often the daemon has looked at its target. */
async function looks(daemon: Parameters<typeof get>[0]): Promise<number> {
  const { body } = await get(daemon, '/metrics');
  return Number(/cycles_total\{[^}]*pass="look"[^}]*\} (\d+)/.exec(body)?.[1] ?? Number.NaN);
}

test('under a flood the loop keeps its schedule and a genuine alert stops the rollout', {
  timeout: 180_000,
}, async () => {
  await using scene = await openBell(built, 1);
  scene.writePolicy(policyText(scene.journal));
  const daemon = scene.daemon();
  const { url = '' } = await daemon.line('HTTP listens', of('http-listening'));
  const number = await scene.shop.deploy({ flag: 'bad' });
  await daemon.line('it is watched', about('deployment-discovered', number));

  const [before, begun] = [await looks(daemon), performance.now()];
  const port = Number(new URL(String(url)).port);
  const flood = flooded({ port, posts: POSTS, connections: 100, requests: junkAt(scene.clock.now()) });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const sent = performance.now();
  const answer = await fetch(`${url}/hooks/pager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: bodyOf('firing', scene.clock.now()),
  });
  expect(answer.status).toBe(200);
  await scene.until('AppConfig is asked to stop', async () => (await scene.stops()).length > 0);
  const took = performance.now() - sent;
  const result = await flood;
  const seconds = (performance.now() - begun) / 1_000;
  const made = (await looks(daemon)) - before;
  const rate = Math.round(POSTS / seconds);
  process.stderr.write(
    `flood: ${rate} posts/s, ${made} looks in ${seconds.toFixed(1)} s, stopped after ${took.toFixed(0)} ms\n`,
  );
  expect(result.answered + result.cut).toBe(POSTS);
  expect(took).toBeLessThan(5_000);
  // One a second is due; a look that is late leaves the next one out.
  expect(made).toBeGreaterThan(0.7 * seconds - 2);

  await daemon.line('rolled back', about('stop-settled', number));
  const over = await fetch(`${url}/hooks/pager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: bodyOf('resolved', scene.clock.now()),
  });
  expect(over.status).toBe(200);
  await daemon.line('released', about('watch-released', number));
  await scene.expectOneStop(number);
  expect(events(daemon, 'alert-received').length).toBe(3);
  expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
  await scene.expectSound();
});
