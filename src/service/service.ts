/** The daemon with everything around it: journal, log, metrics, HTTP, and the policy file it follows. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Transport } from '../aws/clients.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { iso } from '../core/time.ts';
import { type Daemon, startDaemon } from '../engine/daemon.ts';
import { heartbeats } from '../heartbeat/heartbeats.ts';
import type { HttpServer } from '../http/server.ts';
import { statusReport } from '../http/status.ts';
import type { Clock } from '../lib/clock.ts';
import { keepHeapSmall } from '../lib/heap.ts';
import { httpClient } from '../lib/http.ts';
import { NO_TRACE, type Tracer } from '../lib/trace.ts';
import { eventLog } from '../log/event-log.ts';
import type { WatchdogLog } from '../log/logger.ts';
import { tellProgram } from '../log/program-lines.ts';
import type { Config } from '../policy/schema.ts';
import { noteEvent } from '../tracing/events.ts';
import { connectTarget } from './connect.ts';
import { healthOf, pulseOf, readinessOf } from './health.ts';
import { heartbeatTeller } from './heartbeat-lines.ts';
import { historyOf, toldBefore } from './history.ts';
import type { Intake } from './intake.ts';
import { openServiceJournal, type ServiceJournal } from './journal.ts';
import { NO_METRICS, type Reports, serviceMetrics } from './metrics.ts';
import type { ReadPolicy } from './policy-file.ts';
import { startTelling } from './telling.ts';

export interface ServiceOptions {
  /** Policy file, for the record. */
  readonly file: string;
  readonly config: Config;
  /** SHA-256 of the policy file. */
  readonly digest: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: WatchdogLog;
  readonly version: string;
  /** What carries requests to AWS; default: HTTP over the network of this machine. */
  readonly transport?: Transport;
  /** Default: nothing is traced. */
  readonly trace?: Tracer;
  /** Told of every event, after journal, log and metrics. */
  readonly onEvent?: (event: WatchdogEvent) => void;
}

export interface Service extends AsyncDisposable {
  readonly daemon: Daemon;
  /** Where HTTP listens, when it does. */
  readonly url: string | undefined;
  /** Puts a new policy file in force, or says why not and keeps the old one. */
  reload(read: ReadPolicy): void;
  /** SHA-256 of the policy file in force. */
  digest(): string;
  /** Shuts down in order; true when no stop was cut off. */
  stop(signal: string): Promise<boolean>;
}

/** For what is still to be told when everything else has ended, in real time: a container is killed after a while. */
const TELL_WITHIN = 3_000;
/** How often records older than the retention are dropped, in clock time. */
const PRUNE_EVERY = 3_600_000;
/** Real milliseconds that HTTP waits for AWS to answer the first question: what is loaded for it would hold that up. */
const HTTP_AFTER = 250;

/** Log, metrics, people and whoever else listens; for what the journal has on record itself. */
function teller(
  { log, onEvent }: ServiceOptions,
  metrics: Reports,
  people: (event: WatchdogEvent) => void,
): (event: WatchdogEvent) => void {
  const tell = eventLog(log.logger);
  return (event) => {
    tell(event);
    metrics.onEvent(event);
    people(event);
    onEvent?.(event);
  };
}

function prunes(journal: ServiceJournal, clock: Clock, signal: AbortSignal): void {
  const loop = async () => {
    while (!signal.aborted) {
      journal.prune(clock.now());
      await clock.sleep(PRUNE_EVERY, signal);
    }
  };
  loop().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** What is read at the start only: a change of it waits for a restart, and that has to be said. */
function warnOfLeftAlone(now: Config, next: Config, { logger }: WatchdogLog): void {
  const keys = (['http', 'journal', 'log'] as const).filter(
    (key) => JSON.stringify(now[key]) !== JSON.stringify(next[key]),
  );
  if (keys.length === 0) return;
  const msg = `changed in the policy file, and in force after a restart only: ${keys.join(', ')}`;
  tellProgram(logger, 'restart-needed', { keys }, msg);
}

/** Starts watching. Rejects when the journal is not one, or when HTTP cannot listen. */
export async function startService(options: ServiceOptions): Promise<Service> {
  keepHeapSmall();
  const { clock, config, version, log, trace = NO_TRACE } = options;
  const counting = config.http.enabled
    ? serviceMetrics({ version, now: clock.now, logLinesLost: log.lost })
    : undefined;
  const metrics = counting ?? NO_METRICS;
  const answered = Promise.withResolvers<void>();
  const ended = new AbortController();
  // What comes after the journal was closed comes too late to be remembered.
  const remember = (event: WatchdogEvent) => void (ended.signal.aborted || record(event));
  const people = startTelling({ config, clock, random: options.random, log, metrics, record: remember });
  const tell = teller(options, metrics, people.onEvent);
  const journal = openServiceJournal({
    ...(config.journal.path === undefined ? {} : { path: config.journal.path }),
    retention: config.journal.retention,
    gather: true,
    now: clock.now,
    // The journal puts these on record itself, as soon as it can.
    onFailure: (failure, lost) => tell({ kind: 'journal-failed', at: clock.now(), failure, lost }),
    onOpened(file) {
      const history = historyOf(file, clock.now());
      people.learn(toldBefore(history));
      metrics.onHistory(history.shared);
      return () => daemon.takeUp(history);
    },
    onShared() {
      const { path = '' } = config.journal;
      const msg = `another daemon writes to ${path} as well: give each its own journal.path`;
      tellProgram(log.logger, 'journal-shared', { path }, msg);
    },
    onRecovered: (lost) => tell({ kind: 'journal-recovered', at: clock.now(), lost }),
  });
  const record = (event: WatchdogEvent) => {
    journal.append(event);
    noteEvent(trace, event);
    tell(event);
  };
  let digest = options.digest;

  function told(loaded: { config: Config; digest: string }, reload: boolean): void {
    const policies = loaded.config.policies.map((policy) => policy.name);
    record({ kind: 'policy-loaded', at: clock.now(), file: options.file, digest: loaded.digest, policies, reload });
  }

  told(options, false);
  if (config.journal.path === undefined) {
    const msg = 'the journal is kept in memory and ends with this process; give journal.path to keep the record';
    tellProgram(log.logger, 'journal-in-memory', {}, msg);
  }
  const startedAt = clock.now();
  const history = historyOf(journal, startedAt);
  // What a former life told is not told again.
  people.learn(toldBefore(history));
  metrics.onHistory(history.shared);
  const daemon = startDaemon({
    config,
    connect: (target, alerts) =>
      connectTarget(target, {
        clock,
        alerts,
        onCall(report) {
          metrics.onCall(report);
          answered.resolve();
        },
        onQueries: metrics.onQueries,
        onRequest: metrics.onRequest,
        ...(options.transport === undefined ? {} : { transport: options.transport }),
      }),
    clock,
    random: options.random,
    record,
    history,
    version,
    onPass: metrics.onPass,
    trace,
  });
  /** Since when the policy file in force is: targets begin anew with it. */
  let inForceSince = startedAt;
  const beats = heartbeats({
    clock,
    pulse: () => pulseOf(daemon.state(), inForceSince, clock.now()),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    onCall: metrics.onCall,
    onFailure: metrics.onHeartbeatFailure,
    onDelivery: heartbeatTeller(log.logger),
  });
  beats.renew(config, true);
  prunes(journal, clock, ended.signal);
  const http = httpClient();

  async function openIntake(): Promise<Intake> {
    const { takeIn } = await import('./take-in.ts');
    const { transport } = options;
    const intake = takeIn({
      ...{ clock, metrics, http, record, random: options.random, failing: journal.failing },
      ...{ logger: log.logger, deliver: daemon.deliver, onCall: metrics.onCall },
      ...(transport === undefined ? {} : { transport }),
    });
    intake.put(daemon.state().config);
    return intake;
  }

  async function listen({ routes }: Intake): Promise<HttpServer | undefined> {
    if (counting === undefined) return undefined;
    const [{ startHttp }, registry] = await Promise.all([import('../http/server.ts'), counting.load()]);
    const server = await startHttp({
      host: config.http.host,
      port: config.http.port,
      health: () => healthOf(daemon.state(), inForceSince, clock.now()),
      ready: () => readinessOf(daemon.state()),
      metrics: registry,
      status: () => ({
        ...statusReport(daemon.state(), version, clock.now()),
        policyDigest: digest,
        startedAt: iso(startedAt),
      }),
      operator: daemon.operator,
      token: () => daemon.state().config.http.token?.reveal(),
      hooks: routes,
    });
    tellProgram(log.logger, 'http-listening', { url: server.url }, `listening on ${server.url}`);
    return server;
  }

  async function shutDown(signal: string, server: HttpServer | undefined): Promise<boolean> {
    // What still comes in is put on record while stops finish; then nothing is thanked for any more.
    const clean = await daemon.stop(signal);
    ended.abort();
    await Promise.all([beats.end(`ended by ${signal}`), server?.stop(), intake.stop()]);
    await http.close();
    journal.close();
    await people.end(TELL_WITHIN);
    await log.flush();
    return clean;
  }

  // What follows is loaded now, not before: the first question to AWS does not wait for it.
  if (config.http.enabled) await Promise.race([answered.promise, delay(HTTP_AFTER)]);
  const intake = await openIntake();
  let server: HttpServer | undefined;
  try {
    server = await listen(intake);
  } catch (error) {
    await shutDown('http-failed', undefined);
    const because = error instanceof Error ? error.message : String(error);
    throw new Error(`HTTP cannot listen where http.host and http.port say: ${because}`, { cause: error });
  }
  let stopping: Promise<boolean> | undefined;
  const service: Service = {
    daemon,
    url: server?.url,
    digest: () => digest,
    reload(read) {
      if (!read.ok) {
        record({ kind: 'policy-rejected', at: clock.now(), file: options.file, errors: read.errors });
        return;
      }
      digest = read.digest;
      people.reload(read.config);
      told(read, true);
      warnOfLeftAlone(config, read.config, log);
      inForceSince = clock.now();
      daemon.reload(read.config);
      intake.put(read.config);
      beats.renew(read.config, false);
    },
    stop(signal) {
      stopping ??= shutDown(signal, server);
      return stopping;
    },
    async [Symbol.asyncDispose]() {
      await service.stop('dispose');
    },
  };
  return service;
}
