/** The main job on one's own machine: a good deployment goes through, a bad one is stopped, and all is on record. */
import { readFileSync } from 'node:fs';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { peakExposure } from '../core/deployment.ts';
import type { EventKind, WatchdogEvent } from '../core/event.ts';
import { formatDuration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import { watchdogLogger } from '../log/logger.ts';
import { sentences } from '../log/sentences.ts';
import { formatPolicyErrors } from '../policy/error.ts';
import { loadPolicy } from '../policy/load.ts';
import { type Sandbox, startSandbox } from '../sandbox/index.ts';
import { type Service, startService } from '../service/service.ts';
import { openShop, type Shop } from './shop.ts';
import { type Sample, startTraffic } from './traffic.ts';

export interface DemoOptions {
  /** Policy file that the daemon runs with. */
  readonly policyFile: string;
  /** Where the journal is written. */
  readonly journal: string;
  /** Clock seconds in a real second. */
  readonly speed: number;
  readonly version: string;
  readonly colour: boolean;
  /** The process's environment: the SDK reads there where AWS is. */
  readonly env: Record<string, string | undefined>;
  readonly say: (text: string) => void;
}

export interface Demo extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly service: Service;
  /** Plays both deployments; undefined when all went as it should, else what did not. */
  play(): Promise<string | undefined>;
}

/** Real time a deployment of the demo may take before something is wrong. */
const PATIENCE = 120_000;

function pointTheSdkAt(url: string, env: DemoOptions['env']): void {
  env.AWS_ENDPOINT_URL = url;
  env.AWS_REGION = 'eu-west-1';
  env.AWS_ACCESS_KEY_ID = 'demo';
  env.AWS_SECRET_ACCESS_KEY = 'demo';
  for (const name of [
    'AWS_PROFILE',
    'AWS_SESSION_TOKEN',
    'AWS_ENDPOINT_URL_APPCONFIG',
    'AWS_ENDPOINT_URL_CLOUDWATCH',
  ]) {
    delete env[name];
  }
}

function metricsOf(cloudwatch: CloudWatchClient, clock: Clock) {
  const put = (samples: readonly Sample[], at: number) =>
    cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: 'Shop',
        MetricData: samples.map(({ metric, value }) => ({
          MetricName: metric,
          Value: value,
          Timestamp: new Date(at),
          Dimensions: [{ Name: 'Service', Value: 'checkout' }],
        })),
      }),
    );
  return {
    put: async (samples: readonly Sample[]) => void (await put(samples, clock.now())),
    /** A quiet quarter of an hour before the demo begins. */
    async backfill(samples: readonly Sample[]) {
      for (let minute = 1; minute <= 15; minute++) await put(samples, clock.now() - minute * 60_000);
    },
  };
}

/** Waits, in real time, until an event of a kind has been recorded for a deployment number. */
function eventWaiter() {
  const seen: WatchdogEvent[] = [];
  const waiting = new Set<() => void>();
  const numberOf = (event: WatchdogEvent) =>
    'watch' in event ? event.watch.deployment.number : 'deployment' in event ? event.deployment.number : undefined;
  const find = <Kind extends EventKind>(kind: Kind, number: number) =>
    seen.find((event): event is WatchdogEvent & { kind: Kind } => event.kind === kind && numberOf(event) === number);
  return {
    add(event: WatchdogEvent) {
      seen.push(event);
      for (const wake of waiting) wake();
    },
    find,
    async until(kind: EventKind, number: number): Promise<boolean> {
      const deadline = AbortSignal.timeout(PATIENCE);
      while (find(kind, number) === undefined) {
        if (deadline.aborted) return false;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
        await promise;
        waiting.delete(resolve);
      }
      return true;
    },
  };
}

type Events = ReturnType<typeof eventWaiter>;

async function playGood(shop: Shop, events: Events, say: DemoOptions['say']): Promise<string | undefined> {
  say('\n1. A good version is deployed. Nothing should happen to it.\n');
  const number = await shop.deploy({ flag: 'good', description: 'new checkout, carefully' });
  if (!(await events.until('watch-released', number))) return 'the good deployment was not released in time';
  const { State } = await shop.get(number);
  return State === 'COMPLETE' ? undefined : `the good deployment is ${State}, not COMPLETE`;
}

async function playBad(shop: Shop, events: Events, say: DemoOptions['say']): Promise<string | undefined> {
  say('\n2. A bad version is deployed: one request in five fails for every client that has it.\n');
  const number = await shop.deploy({ flag: 'bad', description: 'new checkout, in a hurry' });
  if (!(await events.until('watch-released', number))) return 'the bad deployment was not released in time';
  const settled = events.find('stop-settled', number);
  if (settled?.outcome.kind !== 'rolled-back') return 'the bad deployment was not rolled back by the watchdog';
  const recovery = events.find('recovery-judged', number)?.recovery;
  if (recovery !== 'recovered') return `after the rollback the error rate has ${recovery ?? 'not been judged'}`;
  tellEnd(events, number, say);
  return undefined;
}

/** What happened, in the words of AppConfig's own event log. */
function tellEnd(events: Events, number: number, say: DemoOptions['say']): void {
  const settled = events.find('stop-settled', number);
  const decided = events.find('stop-decided', number);
  if (settled === undefined || decided === undefined) return;
  const { snapshot } = settled;
  const after = formatDuration(decided.at - snapshot.startedAt);
  const share = Math.round(100 * peakExposure(snapshot));
  say(`\n3. Stopped ${after} after it began (on the sandbox's clock), when ${share} % of the clients had it.`);
  say('   The event log as AppConfig has it now:\n');
  for (const { at, type, triggeredBy, description } of snapshot.events) {
    say(`   ${new Date(at).toISOString().slice(11, 19)}  ${type.padEnd(20)} ${triggeredBy.padEnd(10)} ${description}`);
  }
}

/** Starts sandbox, shop, traffic and daemon on one accelerated clock, all over real HTTP on loopback. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { env, say, policyFile } = options;
  const sandbox = await startSandbox({ speed: options.speed });
  const { clock } = sandbox;
  pointTheSdkAt(sandbox.url, env);
  const loaded = loadPolicy(
    { path: policyFile, text: readFileSync(policyFile) },
    { ...env, DEMO_JOURNAL: options.journal },
  );
  if (!loaded.ok) throw new Error(formatPolicyErrors(loaded.errors));

  const client = new AppConfigClient();
  const cloudwatch = new CloudWatchClient();
  const rollout = { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 3 } as const;
  const shop = await openShop({ client, rollout });
  const metrics = metricsOf(cloudwatch, clock);
  const quiet: readonly Sample[] = [
    { metric: 'Requests', value: 6_000 },
    { metric: 'Errors', value: 6 },
  ];
  await metrics.backfill(quiet);
  const traffic = startTraffic({
    clock,
    badShare: shop.badShare,
    put: metrics.put,
    requestsPerMinute: 6_000,
    baseErrorRate: 0.001,
    badErrorRate: 0.2,
    every: 10_000,
    onError: (error) => say(`the shop could not send its metrics: ${String(error)}`),
  });

  const log = watchdogLogger({
    level: loaded.config.log.level,
    shown: sentences(options.colour),
    now: clock.now,
    // One stream with the story, so that the lines stand in the order in which things happened.
    destination: { write: (line) => say(line.trimEnd()) },
  });
  const events = eventWaiter();
  const service = await startService({
    file: policyFile,
    config: loaded.config,
    digest: loaded.digest,
    clock,
    random: Math.random,
    log,
    version: options.version,
    onEvent: events.add,
  });
  return {
    sandbox,
    service,
    play: async () => (await playGood(shop, events, say)) ?? (await playBad(shop, events, say)),
    async [Symbol.asyncDispose]() {
      traffic.stop();
      await service.stop('the end of the demo');
      await sandbox.stop();
      client.destroy();
      cloudwatch.destroy();
    },
  };
}
