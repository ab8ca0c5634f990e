/** A hundred thousand posts, nearly all of them junk: the loop of events goes on, and who is known is answered in time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { fixture, PAGERDUTY_SECRET } from '../hooks/support/open.ts';
import type { FloodOrder, FloodResult } from './support/flooder.ts';
import { hookServer } from './support/hook-server.ts';

const TOKEN = 'token-of-this-test';
const HOOKS = {
  pager: { kind: 'alertmanager', auth: { kind: 'bearer', token: TOKEN } },
  pd: { kind: 'pagerduty', secret: PAGERDUTY_SECRET },
};
const POSTS = 100_000;

function request(path: string, body: string, headers: readonly string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const FIRING = fixture('alertmanager.firing');
const SIGNATURE = `x-pagerduty-signature: v1=${'0'.repeat(64)}`;
/** One of fifty is authentic, and of those every other one makes no sense. */
const JUNK = [
  ...Array.from({ length: 20 }, () => request('/hooks/pager', FIRING)),
  ...Array.from({ length: 8 }, () => request('/hooks/pager', FIRING, [`authorization: Bearer ${TOKEN}x`])),
  ...Array.from({ length: 8 }, (_, at) => request(`/hooks/nobody-${at}`, 'x')),
  ...Array.from({ length: 12 }, () => request('/hooks/pd', fixture('pagerduty.triggered'), [SIGNATURE])),
  request('/hooks/pager', FIRING, [`authorization: Bearer ${TOKEN}`]),
  request('/hooks/pager', '['.repeat(20_000), [`authorization: Bearer ${TOKEN}`]),
];

async function flooded(order: FloodOrder): Promise<FloodResult> {
  const worker = new Worker(new URL('./support/flooder.ts', import.meta.url), { workerData: order });
  const { promise, resolve, reject } = Promise.withResolvers<FloodResult>();
  worker.on('message', resolve).on('error', reject);
  return promise.finally(() => worker.terminate());
}

/** What should happen every so often, and how late each time was. */
function ticking(every: number) {
  const late: number[] = [];
  let due = performance.now() + every;
  const timer = setInterval(() => {
    late.push(performance.now() - due);
    due = performance.now() + every;
  }, every);
  return { late, stop: () => clearInterval(timer) };
}

test('under a flood', { timeout: 120_000 }, async () => {
  await using server = await hookServer({ hooks: HOOKS });
  const loop = monitorEventLoopDelay({ resolution: 10 });
  const schedule = ticking(250);
  const genuine: { readonly status: number; readonly took: number }[] = [];
  const over = new AbortController();

  async function sendGenuine(): Promise<void> {
    while (!over.signal.aborted) {
      const started = performance.now();
      // Each says something new, as a genuine alert does among copies of another one.
      const body = FIRING + ' '.repeat(genuine.length);
      const { status } = await server.post('pager', body, { authorization: `Bearer ${TOKEN}` });
      genuine.push({ status, took: performance.now() - started });
      await delay(100);
    }
  }

  loop.enable();
  const sending = sendGenuine();
  const started = performance.now();
  const port = Number(new URL(server.url).port);
  const result = await flooded({ port, posts: POSTS, connections: 100, requests: JUNK });
  const seconds = (performance.now() - started) / 1_000;
  over.abort();
  await sending;
  loop.disable();
  schedule.stop();

  const p99 = loop.percentile(99) / 1e6;
  const late = Math.max(...schedule.late);
  const slowest = Math.max(...genuine.map(({ took }) => took));
  const told = `${Math.round(POSTS / seconds)} posts/s, loop p99 ${p99.toFixed(0)} ms, schedule late ${late.toFixed(0)} ms`;
  process.stderr.write(`flood: ${told}, slowest genuine ${slowest.toFixed(0)} ms, ${JSON.stringify(result)}\n`);
  expect(result.answered + result.cut).toBe(POSTS);
  expect(genuine.length).toBeGreaterThan(10);
  // Also where the copies have used up the rate of the hook.
  expect(genuine.map(({ status }) => status)).toEqual(genuine.map(() => 200));
  expect(slowest).toBeLessThan(3_000);
  expect(p99).toBeLessThan(500);
  expect(late).toBeLessThan(1_500);
  expect(server.taken.length).toBeGreaterThanOrEqual(genuine.length);
  const labels = (await server.metrics.registry.metrics()).match(/hook_messages_total\{/g) ?? [];
  expect(labels.length).toBeLessThan(20);
});
