/**
 * The process under measurement: the daemon with its hooks on one port; on another a bare HTTP server that does nothing but
 * the SDK's call, and through which the bench tells this process what to do.
 */
import { createServer, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppConfigClient, StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { startHttp } from '../../src/http/server.ts';
import { configSchema } from '../../src/policy/schema.ts';
import { openHooks } from '../../src/service/hooks.ts';
import { handClock, startUnderTest } from '../support/daemon.ts';

const [, , folder = '', token = '', start = '0'] = process.argv;
const POLICY = {
  version: 1,
  targets: [{ region: 'eu-west-1', account: '111122223333' }],
  poll: '*/15 * * * * *',
  // The bench stops once a minute of its clock.
  limits: { stops: 1_000, per: '1s' },
  hooks: { pager: { kind: 'alertmanager', auth: { kind: 'bearer', token }, rate: 10_000 } },
  policies: [
    {
      name: 'p',
      match: { application: '*', environment: '*' },
      mode: 'enforce',
      preExisting: 'stop',
      verify: { for: '0s' },
      rules: [
        {
          name: 'pager',
          trigger: { kind: 'webhook', hook: 'pager', where: { labels: { number: '{{deployment.number}}' } } },
        },
      ],
    },
  ],
};

const clock = handClock(Number(start));
const { daemon, settled } = startUnderTest(POLICY, folder, clock);
await settled();
const yes = () => ({ ok: true, because: [] });
const hooks = openHooks({
  clock,
  async accept(hook, delivery) {
    daemon.deliver(hook, delivery);
  },
  sns: {
    fetchCertificate: () => Promise.reject(new Error('nobody asks for one here')),
    confirmSubscription: () => Promise.reject(new Error('nobody asks for one here')),
  },
  report: () => {},
});
hooks.put(configSchema.parse(POLICY));
const { registry: metrics } = watchdogMetrics({ version: 'bench', now: clock.now, process: false });
const http = await startHttp({
  ...{ host: '127.0.0.1', port: 0, health: yes, ready: yes, status: () => ({}), metrics },
  hooks: hooks.routes,
});

const client = new AppConfigClient({ region: 'eu-west-1' });
/** What should happen every 250 ms, and how late the latest was. */
let late = 0;
let due = performance.now() + 250;
setInterval(() => {
  late = Math.max(late, performance.now() - due);
  due = performance.now() + 250;
}, 250);
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();

const settledStops = async () => {
  while (daemon.state().stopsInFlight > 0) await new Promise((resolve) => setImmediate(resolve));
};
const COMMANDS: Readonly<Record<string, () => Promise<object>>> = {
  /** Finds the deployment that began. */
  async '/find'() {
    clock.advance(60_000);
    await daemon.pass();
    return { watched: daemon.state().watches.length };
  },
  /** Waits for the stop, and lets go of the deployment. */
  async '/release'() {
    await settledStops();
    await daemon.pass();
    return { watched: daemon.state().watches.length };
  },
  async '/bare'() {
    await client.send(new StopDeploymentCommand({ ApplicationId: 'bare', EnvironmentId: 'bare', DeploymentNumber: 1 }));
    return {};
  },
  async '/lateness'() {
    const seen = { late, p99: delays.percentile(99) / 1e6 };
    late = 0;
    delays.reset();
    return seen;
  },
};

async function answer(url: string, response: ServerResponse) {
  const command = COMMANDS[url];
  const body = command === undefined ? {} : await command();
  response.writeHead(command === undefined ? 401 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
const bare = createServer((request, response) => {
  request.resume();
  request.on('end', () => void answer(request.url ?? '', response));
});
bare.keepAliveTimeout = 75_000;
bare.listen(0, '127.0.0.1', () => {
  const address = bare.address();
  const port = typeof address === 'object' ? address?.port : '';
  process.stdout.write(`${JSON.stringify({ hooks: http.url, bare: `http://127.0.0.1:${port}` })}\n`);
});
