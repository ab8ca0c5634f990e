/** The daemon as the benchmarks run it: engine, journal file, log and metrics, on a clock that is set by hand. */
import { openSync, writeSync } from 'node:fs';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { type Daemon, startDaemon } from '../../src/engine/daemon.ts';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { openJournal } from '../../src/journal/open.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { keepHeapSmall } from '../../src/lib/heap.ts';
import { NO_TRACE, type Tracer } from '../../src/lib/trace.ts';
import { eventLog } from '../../src/log/event-log.ts';
import { watchdogLogger } from '../../src/log/logger.ts';
import { configSchema } from '../../src/policy/schema.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { noteEvent } from '../../src/tracing/events.ts';

/** Quotas are AWS's and pace everybody: without them the time is the work's own. */
const UNLIMITED = Object.fromEntries(
  ['ListApplications', 'ListEnvironments', 'ListDeployments', 'GetDeployment', 'GetMetricData', 'StopDeployment'].map(
    (one) => [one, 1e9],
  ),
);

export interface HandClock extends Clock {
  advance(ms: number): void;
}

/** Time that stands still until it is set; who sleeps is not woken, so that nothing begins by itself. */
export function handClock(start: number): HandClock {
  let now = start;
  return {
    speed: 1,
    now: () => now,
    elapsed: () => now - start,
    sleep: (_duration, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
    advance(ms) {
      now += ms;
    },
  };
}

export interface DaemonUnderTest {
  readonly daemon: Daemon;
  /** Resolves when no AWS call is unanswered and the first pass is over. */
  settled(): Promise<void>;
}

/** `policyFile` as an object; `folder` takes the journal. Lines of the log go to /dev/null, by a write each. */
export function startUnderTest(
  policyFile: object,
  folder: string,
  clock: Clock,
  trace: Tracer = NO_TRACE,
): DaemonUnderTest {
  keepHeapSmall();
  const nowhere = openSync('/dev/null', 'w');
  const destination = { write: (line: string) => writeSync(nowhere, line) };
  const log = watchdogLogger({ level: 'info', destination, now: clock.now });
  const tell = eventLog(log.logger);
  const metrics = watchdogMetrics({ version: 'bench', now: clock.now });
  const failed = (what: unknown) => {
    throw new Error(`the journal failed: ${JSON.stringify(what)}`);
  };
  const journal = openJournal({
    path: `${folder}/journal.db`,
    retention: 90 * 86_400_000,
    now: clock.now,
    gather: true,
    ...{ onFailure: failed, onRecovered: failed },
  });
  const { onCall, onQueries, onPass } = metrics;
  const record = (event: WatchdogEvent) => {
    journal.append(event);
    noteEvent(trace, event);
    tell(event);
    metrics.onEvent(event);
  };
  const daemon = startDaemon({
    config: configSchema.parse(policyFile),
    connect: (target, alerts) => connectTarget(target, { clock, quotas: UNLIMITED, alerts, onCall, onQueries }),
    ...{ clock, random: () => 0, record, version: 'bench', onPass, trace },
    history: { openWatches: [], shared: [] },
  });
  return {
    daemon,
    async settled() {
      while (daemon.inFlight() > 0 || daemon.state().targets[0]?.lookedAt === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
