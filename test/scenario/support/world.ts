/** A whole world in one process: sandbox and daemon over real HTTP on one driven clock, with a shop and its traffic. */
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import type { Duration } from '../../../src/core/time.ts';
import { openShop, type Rollout, type Shop, type ShopOptions } from '../../../src/demo/shop.ts';
import { startTraffic } from '../../../src/demo/traffic.ts';
import { type Daemon, startDaemon } from '../../../src/engine/daemon.ts';
import { openJournal } from '../../../src/journal/open.ts';
import { drivenClock, turns } from '../../../src/lib/clock.ts';
import { parseDuration } from '../../../src/lib/schema.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Config } from '../../../src/policy/schema.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/index.ts';
import { connectTarget } from '../../../src/service/connect.ts';

export const START = Date.UTC(2026, 10, 22, 12, 0, 0);

export const LINEAR: Rollout = { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 10 };
export const EXPONENTIAL: Rollout = { growth: 'EXPONENTIAL', factor: 10, minutes: 10, bakeMinutes: 10 };

/** The policy most scenarios use; `change` replaces text in it. */
export const POLICY = `
version: 1
targets: [{ name: main, region: eu-west-1 }]
poll: "*/15 * * * * *"
policies:
  - name: checkout-prod
    match: { application: checkout, environment: "prod*" }
    mode: enforce
    stopWhen: any
    onUnknown: { after: 5m, do: hold }
    rules:
      - name: error-rate
        source:
          kind: cloudwatch
          period: 60s
          metrics:
            errors: { namespace: Shop, metric: Errors, stat: Sum }
            requests: { namespace: Shop, metric: Requests, stat: Sum }
          expression: 100 * errors / requests
        judge: { kind: threshold, above: 1, breaching: 2 of 3 }
stop: { timeout: 300ms, budget: 2m, deadline: 10m }
`;

export interface WorldOptions {
  readonly policy?: string;
  readonly rollout?: Rollout;
  readonly shop?: Partial<ShopOptions>;
  readonly sandbox?: SandboxOptions;
  /** Share (0..1) of the requests of clients with a bad version that fail; default 0.2. */
  readonly badErrorRate?: number;
  readonly baseErrorRate?: number;
  /** No metric at all, whatever is deployed. */
  readonly silent?: boolean;
}

export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly shop: Shop;
  readonly daemon: Daemon;
  readonly client: AppConfigClient;
  /** Everything the daemon recorded, oldest first. */
  readonly events: readonly WatchdogEvent[];
  /** Events of one kind. */
  of<Kind extends WatchdogEvent['kind']>(kind: Kind): readonly (WatchdogEvent & { kind: Kind })[];
  advance(duration: string): Promise<void>;
  /** Advances until a condition holds; fails after `most`. */
  until(what: string, holds: () => boolean | Promise<boolean>, most?: string): Promise<void>;
  /** StopDeployment requests the sandbox took, whatever it answered. */
  stopCalls(): number;
  put(metric: string, value: number, at?: number): void;
  config(policy: string): Config;
  /** Ends this daemon as a kill would (nothing is finished) and starts another one on the same journal. */
  restart(): Promise<void>;
  /** Minutes of clock time since the start. */
  minutes(): number;
}

function configOf(text: string): Config {
  const loaded = loadPolicy({ path: 'watchdog.yaml', text }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, undefined, 2));
  return loaded.config;
}

function durationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Error(`not a duration: ${text}`);
  return duration;
}

function pointTheSdkAt(url: string): void {
  process.env.AWS_ENDPOINT_URL = url;
  process.env.AWS_REGION = 'eu-west-1';
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
}

export async function world(options: WorldOptions = {}): Promise<World> {
  let busy = () => 0;
  /** At rest: nothing under way for several turns of the event loop in a row. */
  const settle = async () => {
    for (let quiet = 0; quiet < 4; quiet = busy() === 0 ? quiet + 1 : 0) await turns(3);
  };
  const clock = drivenClock(START, settle);
  const sandbox = await startSandbox({ clock, ...options.sandbox });
  pointTheSdkAt(sandbox.url);
  const client = new AppConfigClient({ maxAttempts: 1 });
  const shop = await openShop({ client, rollout: options.rollout ?? LINEAR, ...options.shop });
  let own = 0;
  const guard = async <Out>(work: Promise<Out>): Promise<Out> => {
    own++;
    return work.finally(() => own--);
  };
  const place = sandbox.state('111122223333', 'eu-west-1');
  const put = (metric: string, value: number, at?: number) =>
    place.cloudwatch.put([{ namespace: 'Shop', metric, value, ...(at === undefined ? {} : { at }) }]);
  const traffic = startTraffic({
    clock,
    badShare: () => guard(shop.badShare()),
    put: (samples) => {
      for (const { metric, value } of options.silent === true ? [] : samples) put(metric, value);
    },
    requestsPerMinute: 6000,
    baseErrorRate: options.baseErrorRate ?? 0.001,
    badErrorRate: options.badErrorRate ?? 0.2,
    every: 10_000,
    onError: () => {},
  });
  const events: WatchdogEvent[] = [];
  const journal = openJournal({ retention: 86_400_000, now: clock.now, onFailure: () => {}, onRecovered: () => {} });
  const config = configOf(options.policy ?? POLICY);
  const start = (): Daemon =>
    startDaemon({
      config,
      connect: (target) => connectTarget(target, { clock, timeout: 1_000 }),
      clock,
      random: () => 0.5,
      record(event) {
        events.push(event);
        journal.append(event);
      },
      history: { openWatches: journal.openWatches().map((open) => open.events), circuit: [] },
      version: 'test',
      grace: 1_000,
    });
  // Ten quiet minutes, so that there is a history before the daemon and the deployments begin.
  await clock.advance(600_000);
  let daemon = start();
  busy = () => own + daemon.inFlight() + sandbox.inFlight();
  const here: World = {
    sandbox,
    shop,
    client,
    events,
    get daemon() {
      return daemon;
    },
    of: <Kind extends WatchdogEvent['kind']>(kind: Kind) =>
      events.filter((event): event is WatchdogEvent & { kind: Kind } => event.kind === kind),
    advance: (duration) => clock.advance(durationOf(duration)),
    async until(what, holds, most = '1h') {
      const last = clock.now() + durationOf(most);
      while (!(await guard(Promise.resolve(holds())))) {
        if (clock.now() >= last) throw new Error(`${what} did not come true within ${most}`);
        await clock.advance(5_000);
      }
    },
    stopCalls: () => sandbox.requests().filter((request) => request.operation === 'StopDeployment').length,
    put,
    config: configOf,
    async restart() {
      const former = daemon;
      const silenced = former.stop('SIGKILL');
      daemon = start();
      await silenced;
    },
    minutes: () => (clock.now() - START) / 60_000,
    async [Symbol.asyncDispose]() {
      traffic.stop();
      const stopped = daemon.stop('test');
      await stopped;
      await sandbox.stop();
      client.destroy();
      journal.close();
    },
  };
  return here;
}
