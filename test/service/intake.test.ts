/** What comes in, put together as a service does it: a policy file, HTTP, a queue on the wire, metrics and log. */
import { hash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Delivery } from '../../src/core/alert.ts';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { startHttp } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { httpClient } from '../../src/lib/http.ts';
import { watchdogLogger } from '../../src/log/logger.ts';
import { openIntake } from '../../src/service/intake.ts';
import { fixture } from '../hooks/support/open.ts';
import { configWith } from '../http/support/hook-server.ts';

const TOKEN = 'token-of-this-test';

/** A queue that speaks SQS's JSON protocol: one alarm, and then nothing, held back like SQS holds it. */
async function wireQueue(): Promise<{ readonly server: Server; readonly url: string; readonly deleted: string[] }> {
  const deleted: string[] = [];
  let given = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (request.headers['x-amz-target'] === 'AmazonSQS.DeleteMessageBatch') {
      deleted.push(...body.Entries.map((entry: { readonly ReceiptHandle: string }) => entry.ReceiptHandle));
      return response.end('{"Successful":[{"Id":"0"}],"Failed":[]}');
    }
    if (given) return;
    given = true;
    const text = fixture('queue.alarm');
    const message = {
      MessageId: '1',
      ReceiptHandle: 'receipt',
      Body: text,
      MD5OfBody: hash('md5', text),
      Attributes: { ApproximateReceiveCount: '1' },
    };
    return response.end(JSON.stringify({ Messages: [message] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, url: `http://127.0.0.1:${port}/111122223333/alarms`, deleted };
}

test('a policy file’s hooks and queues bring their alerts to one place, and end together', async () => {
  const queue = await wireQueue();
  const clock = systemClock();
  const taken: { readonly from: string; readonly delivery: Delivery }[] = [];
  const lines: string[] = [];
  const metrics = watchdogMetrics({ version: '0.1.0', now: clock.now, process: false });
  const { logger } = watchdogLogger({
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  });
  const http = httpClient();
  process.env.AWS_ACCESS_KEY_ID ??= 'AKIDTEST';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const intake = openIntake({
    clock,
    random: () => 0.5,
    metrics,
    logger,
    http,
    accept: async (from, delivery) => void taken.push({ from, delivery }),
    onSetAside: async () => {},
  });
  intake.put(
    configWith({
      hooks: { pager: { kind: 'alertmanager', auth: { kind: 'bearer', token: TOKEN } } },
      queues: { alarms: { url: queue.url, region: 'eu-west-1' } },
    }),
  );
  const fine = () => ({ ok: true, because: [] });
  const listen = { host: '127.0.0.1', port: 0, health: fine, ready: fine, status: () => null };
  await using server = await startHttp({ ...listen, metrics: metrics.registry, hooks: intake.routes });
  const post = (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return fetch(`${server.url}/hooks/pager`, { method: 'POST', headers, body: fixture('alertmanager.firing') });
  };
  expect((await post(TOKEN)).status).toBe(200);
  expect((await post('wrong')).status).toBe(401);
  for (let at = 0; at < 100 && queue.deleted.length === 0; at++) await delay(50);
  expect(queue.deleted).toEqual(['receipt']);
  expect(taken.map(({ from, delivery }) => `${from} ${delivery.alerts[0]?.name}`).toSorted()).toEqual([
    'alarms checkout-latency-high',
    'pager CheckoutErrors',
  ]);
  const page = await (await fetch(`${server.url}/metrics`)).text();
  expect(page).toContain('appconfig_watchdog_hook_messages_total{hook="pager",outcome="taken"} 1');
  expect(page).toContain('appconfig_watchdog_hook_messages_total{hook="pager",outcome="not-authentic"} 1');
  expect(page).toContain('appconfig_watchdog_queue_messages_total{queue="alarms",outcome="taken"} 1');
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['hook-refused']);
  expect(lines.join()).not.toContain(TOKEN);
  const started = performance.now();
  await intake.stop();
  expect(performance.now() - started).toBeLessThan(1_000);
  await http.close();
  queue.server.closeAllConnections();
  queue.server.close();
});
