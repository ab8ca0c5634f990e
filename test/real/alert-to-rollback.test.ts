/**
 * The whole way with nothing made up on it: a service's metric rises, a real Prometheus scrapes it and its rule fires, a
 * real Alertmanager sends the webhook with its token, and the daemon has the deployment rolled back.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { openShop } from '../../src/demo/shop.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { watchdogLogger } from '../../src/log/logger.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { startService } from '../../src/service/service.ts';
import { freePort, hasPrometheus, started, startPrometheus } from './support/metric-stores.ts';
import { describeWith, output } from './support/parts.ts';

const ALERTMANAGER = 'prometheus-alertmanager';
const TOKEN = 'a-token-of-this-test';

function policyText(journal: string): string {
  const where = { name: 'CheckoutErrors', labels: { service: '{{deployment.application}}' } };
  return JSON.stringify({
    version: 1,
    targets: [{ region: 'eu-west-1' }],
    poll: '* * * * * *',
    discovery: { sweep: '1s' },
    stop: { followEvery: '1s' },
    hooks: { alertmanager: { kind: 'alertmanager', auth: { kind: 'bearer', token: TOKEN } } },
    policies: [
      {
        name: 'checkout-prod',
        match: { application: 'checkout', environment: 'prod' },
        mode: 'enforce',
        rules: [{ name: 'pager', trigger: { kind: 'webhook', hook: 'alertmanager', where } }],
      },
    ],
    journal: { path: journal },
    http: { port: 0 },
  });
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return `127.0.0.1:${address.port}`;
}

function closing(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The service that is watched: one request in five fails once `bad` is put. */
async function shopMetrics() {
  let bad = false;
  let [requests, errors] = [0, 0];
  const server = createServer((_, response) => {
    requests += 100;
    errors += bad ? 20 : 0;
    const counters = `requests_total{service="checkout"} ${requests}\nerrors_total{service="checkout"} ${errors}\n`;
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(counters);
  });
  const at = await listening(server);
  return {
    at,
    turnBad() {
      bad = true;
    },
    [Symbol.asyncDispose]: () => closing(server),
  };
}

/** Stands between Alertmanager and the daemon, and notes when each message is on its way. */
async function relay(to: string) {
  const sent: { readonly at: number; readonly body: string }[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      sent.push({ at: performance.now(), body: body.toString() });
      const headers = { ...incoming.headers, host: new URL(to).host };
      const onward = send(`${to}${incoming.url}`, { method: 'POST', headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      onward.end(body);
    });
  });
  const at = await listening(server);
  return { at, sent, [Symbol.asyncDispose]: () => closing(server) };
}

async function startAlertmanager(receiver: string) {
  const directory = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  const config = {
    route: { receiver: 'watchdog', group_wait: '0s', group_interval: '1s', repeat_interval: '1m' },
    receivers: [
      {
        name: 'watchdog',
        webhook_configs: [
          {
            url: `http://${receiver}/hooks/alertmanager`,
            http_config: { authorization: { credentials: TOKEN } },
          },
        ],
      },
    ],
  };
  writeFileSync(join(directory, 'alertmanager.yml'), JSON.stringify(config));
  const at = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${join(directory, 'alertmanager.yml')}`,
    `--storage.path=${directory}`,
    `--web.listen-address=${at}`,
    '--cluster.listen-address=',
  ];
  const isUp = async () => (await fetch(`http://${at}/-/ready`)).ok;
  const stop = await started(ALERTMANAGER, args, directory, isUp);
  return { at, [Symbol.asyncDispose]: stop };
}

const RULES = `groups:
  - name: checkout
    interval: 1s
    rules:
      - alert: CheckoutErrors
        expr: 100 * rate(errors_total[5s]) / rate(requests_total[5s]) > 5
        labels: { severity: page }
        annotations:
          summary: '{{ $value | printf "%.1f" }} % of the requests fail'
`;

const parts = hasPrometheus() && output(ALERTMANAGER, ['--version']) !== undefined;

describeWith('Prometheus and Alertmanager', parts)('from a metric that rises to a rollback', () => {
  test('a real rule fires, a real webhook arrives, and the deployment is rolled back', async () => {
    await using sandbox = await startSandbox({ validatingDuration: 0, rollbackDuration: 500 });
    process.env.AWS_ENDPOINT_URL = sandbox.url;
    process.env.AWS_REGION = 'eu-west-1';
    process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
    process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
    const client = new AppConfigClient();
    const shop = await openShop({ client, rollout: { growth: 'LINEAR', factor: 10, minutes: 60, bakeMinutes: 10 } });
    const folder = mkdtempSync(join(tmpdir(), 'alert-to-rollback-'));
    const text = policyText(join(folder, 'journal.db'));
    const loaded = loadPolicy({ path: 'watchdog.yaml', text }, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
    const events: { readonly event: WatchdogEvent; readonly at: number }[] = [];
    const of = (kind: WatchdogEvent['kind']) => events.filter(({ event }) => event.kind === kind);
    const lines: string[] = [];
    const service = await startService({
      ...{ file: 'watchdog.yaml', config: loaded.config, digest: loaded.digest, version: 'test' },
      ...{ clock: systemClock(), random: Math.random },
      log: watchdogLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } }),
      onEvent: (event) => void events.push({ event, at: performance.now() }),
    });
    try {
      await using metrics = await shopMetrics();
      await using between = await relay(service.url ?? '');
      await using alertmanager = await startAlertmanager(between.at);
      await using _prometheus = await startPrometheus({
        scrape: metrics.at,
        files: { 'rules.yml': RULES },
        more: `rule_files: ['{directory}/rules.yml']\nalerting: { alertmanagers: [{ static_configs: [{ targets: ['${alertmanager.at}'] }] }] }\n`,
      });
      const number = await shop.deploy({ flag: 'bad' });
      const patient = { timeout: 40_000, interval: 50 };
      await expect.poll(() => of('deployment-discovered').length, patient).toBe(1);
      metrics.turnBad();
      await expect.poll(() => of('stop-answered').length, patient).toBe(1);
      await expect.poll(async () => (await shop.get(number)).State, patient).toBe('ROLLED_BACK');

      const [decided] = of('stop-decided').map(({ event }) => event);
      const because = decided?.kind === 'stop-decided' ? decided.because : [];
      expect(because[0]).toMatch(
        /^pager: alert "CheckoutErrors" is firing since .*Z: (?:[5-9]|1\d|20)\.\d % of the requests fail$/,
      );
      const kinds = events.map(({ event }) => event.kind);
      expect(kinds.indexOf('alert-received')).toBeLessThan(kinds.indexOf('stop-requested'));
      // From the moment Alertmanager's message is on its way to AppConfig's answer to the DELETE.
      const [message] = between.sent;
      const took = (of('stop-answered')[0]?.at ?? 0) - (message?.at ?? 0);
      process.stdout.write(`from Alertmanager's message to the accepted stop: ${took.toFixed(0)} ms\n`);
      expect(took).toBeGreaterThan(0);
      expect(JSON.parse(message?.body ?? '{}')).toMatchObject({ version: '4', status: 'firing' });
      expect(sandbox.requests().filter(({ operation }) => operation === 'StopDeployment').length).toBe(1);
      expect(lines.join('')).not.toContain(TOKEN);
    } finally {
      await service.stop('test');
      client.destroy();
    }
  }, 120_000);
});
