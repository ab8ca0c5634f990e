/** A whole world in one process: sandbox and daemon over real HTTP on one driven clock, with a shop and its traffic. */
import type { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import type { Duration } from '../../../src/core/time.ts';
import { openShop, type Rollout, type Shop, type ShopOptions } from '../../../src/demo/shop.ts';
import { startTraffic } from '../../../src/demo/traffic.ts';
import type { TargetAccess } from '../../../src/engine/access.ts';
import type { Daemon } from '../../../src/engine/daemon.ts';
import { type Journal, openJournal } from '../../../src/journal/open.ts';
import { type DrivenClock, drivenClock, turns } from '../../../src/lib/clock.ts';
import { parseDuration } from '../../../src/lib/schema.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Config, Target } from '../../../src/policy/schema.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/index.ts';
import { connectTarget } from '../../../src/service/connect.ts';
import { historyOf } from '../../../src/service/history.ts';
import { directClient } from './direct-client.ts';
import { beginLife, type KillWhen, type Life } from './life.ts';
import { policy } from './policy.ts';

const START = Date.UTC(2026, 10, 22, 12, 0, 0);
const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

export const LINEAR: Rollout = { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 10 };
export const EXPONENTIAL: Rollout = { growth: 'EXPONENTIAL', factor: 10, minutes: 10, bakeMinutes: 10 };
/** All clients at the end of one minute, then a long bake. */
export const SHORT_THEN_BAKE: Rollout = { growth: 'LINEAR', factor: 100, minutes: 1, bakeMinutes: 20 };

export interface WorldOptions {
  readonly policy?: string;
  readonly rollout?: Rollout;
  readonly shop?: Partial<ShopOptions>;
  readonly sandbox?: SandboxOptions;
  /** Share (0..1) of the requests of clients with a bad version that fail; default 0.2. */
  readonly badErrorRate?: number;
  readonly baseErrorRate?: number;
  /** No traffic of its own: metrics are what the scenario puts. */
  readonly silent?: boolean;
  /** Real milliseconds for one read; default 5 s. */
  readonly timeout?: number;
  /** Told of metrics that were sent to CloudWatch. */
  readonly onQueries?: (queries: { readonly asked: number }) => void;
  /** Stands between the daemon and what it asks of a target. */
  readonly between?: (access: TargetAccess, target: Target) => TargetAccess;
  /** False: the daemon begins with `restart()`. */
  readonly daemon?: boolean;
  /** What else must have come to rest before time goes on. */
  readonly busy?: () => number;
}

export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly shop: Shop;
  readonly daemon: Daemon;
  readonly clock: DrivenClock;
  readonly journal: Journal;
  /** The real SDK past HTTP and faults. */
  readonly client: AppConfigClient;
  /** The real SDK over HTTP, for alarms. */
  readonly cloudwatch: CloudWatchClient;
  /** Everything the daemon recorded, oldest first. */
  readonly events: readonly WatchdogEvent[];
  /** Events of one kind. */
  of<Kind extends WatchdogEvent['kind']>(kind: Kind): readonly (WatchdogEvent & { kind: Kind })[];
  advance(duration: string): Promise<void>;
  /** Advances until a condition holds; fails after `most`. */
  until(what: string, holds: () => boolean | Promise<boolean>, most?: string): Promise<void>;
  /** Advances until every watch is released. */
  untilReleased(most?: string): Promise<void>;
  /** Requests of an operation that the sandbox took, whatever it answered. */
  calls(operation: string, since?: number): number;
  stopCalls(): number;
  put(metric: string, value: number, at?: number): void;
  /** One minute with so many errors among 6000 requests. */
  minute(errors: number): Promise<void>;
  /** Ends the traffic and with it every metric. */
  mute(): void;
  openShop(options: Partial<ShopOptions>): Promise<Shop>;
  reload(policy: string): void;
  /** From now on; the life ends right after such an event was written. */
  killWhen(when: KillWhen): void;
  killed(): boolean;
  /** Ends this daemon as a kill would and starts another one on the same journal. */
  restart(policy?: string): Promise<void>;
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
  process.env.AWS_REGION = REGION;
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
  const client = directClient(sandbox, ACCOUNT, REGION);
  const cloudwatch = new CloudWatchClient({ maxAttempts: 1 });
  const open = (more: Partial<ShopOptions>) =>
    openShop({ client, rollout: options.rollout ?? LINEAR, ...options.shop, ...more });
  const shops = [await open({})];
  const [shop] = shops;
  if (shop === undefined) throw new Error('there is no shop');
  let own = 0;
  const guard = async <Out>(work: Promise<Out>): Promise<Out> => {
    own++;
    return work.finally(() => own--);
  };
  const place = sandbox.state(ACCOUNT, REGION);
  const put = (metric: string, value: number, at?: number) =>
    place.cloudwatch.put([{ namespace: 'Shop', metric, value, ...(at === undefined ? {} : { at }) }]);
  const worstShare = async () => Math.max(...(await Promise.all(shops.map((one) => one.badShare()))));
  const failed: unknown[] = [];
  let silent = options.silent === true;
  const traffic = startTraffic({
    clock,
    badShare: () => guard(worstShare()),
    put: (samples) => {
      for (const { metric, value } of silent ? [] : samples) put(metric, value);
    },
    requestsPerMinute: 6000,
    baseErrorRate: options.baseErrorRate ?? 0.001,
    badErrorRate: options.badErrorRate ?? 0.2,
    every: 10_000,
    onError: (error) => failed.push(error),
  });
  const events: WatchdogEvent[] = [];
  const journal = openJournal({
    retention: 86_400_000,
    now: clock.now,
    onFailure: (failure) => failed.push(failure),
    onRecovered: () => {},
  });
  let config = configOf(options.policy ?? policy());
  let killWhen: KillWhen = () => false;
  const { between = (access) => access, timeout = 5_000, onQueries = () => {} } = options;
  const begin = (): Life =>
    beginLife(
      {
        config,
        connect: (target, alerts) => between(connectTarget(target, { clock, timeout, onQueries, alerts }), target),
        clock,
        random: () => 0.5,
        record(event) {
          events.push(event);
          journal.append(event);
        },
        history: historyOf(journal, clock.now()),
        version: 'test',
      },
      (event) => killWhen(event),
    );
  // Ten quiet minutes, so that there is a history before the daemon and the deployments begin.
  await clock.advance(600_000);
  let life = options.daemon === false ? undefined : begin();
  const living = (): Life => {
    if (life === undefined) throw new Error('the daemon has not been started yet');
    return life;
  };
  const { busy: elsewhere = () => 0 } = options;
  busy = () => elsewhere() + own + (life === undefined || life.ended ? 0 : life.daemon.inFlight()) + sandbox.inFlight();
  const here: World = {
    sandbox,
    shop,
    client,
    cloudwatch,
    clock,
    journal,
    events,
    get daemon() {
      return living().daemon;
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
    untilReleased: (most) =>
      here.until(
        'every watch is released',
        () => here.of('watch-released').length > 0 && here.daemon.state().watches.length === 0,
        most,
      ),
    calls: (operation, since = 0) =>
      sandbox.requests().filter((request) => request.operation === operation && request.at >= since).length,
    stopCalls: () => here.calls('StopDeployment'),
    put,
    async minute(errors) {
      put('Requests', 6000);
      put('Errors', errors);
      await clock.advance(60_000);
    },
    mute() {
      silent = true;
    },
    async openShop(more) {
      const another = await open(more);
      shops.push(another);
      return another;
    },
    reload(text) {
      config = configOf(text);
      here.daemon.reload(config);
    },
    killWhen(when) {
      killWhen = when;
    },
    killed: () => life?.ended === true,
    async restart(text) {
      if (text !== undefined) config = configOf(text);
      killWhen = () => false;
      await life?.kill();
      life = begin();
    },
    minutes: () => (clock.now() - START) / 60_000,
    async [Symbol.asyncDispose]() {
      traffic.stop();
      await life?.daemon.stop('test');
      await sandbox.stop();
      client.destroy();
      cloudwatch.destroy();
      const verified = journal.verify();
      journal.close();
      // A world that fails behind a scenario's back proves nothing.
      if (failed.length > 0) throw new AggregateError(failed, 'traffic or journal failed');
      if (!verified.ok) throw new Error(`the journal does not verify: ${verified.because}`);
    },
  };
  return here;
}
