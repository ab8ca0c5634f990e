/** Puts together what tells people: the notifiers of the policy file, the log that says when one fails, the count. */
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { Notice } from '../core/notice.ts';
import type { Duration } from '../core/time.ts';
import type { WatchdogMetrics } from '../http/metrics.ts';
import type { Clock } from '../lib/clock.ts';
import { httpClient } from '../lib/http.ts';
import type { NotifierDeps } from '../lib/notifier-deps.ts';
import type { WatchdogLog } from '../log/logger.ts';
import { tellProgram } from '../log/program-lines.ts';
import { notifiers } from '../notifiers/index.ts';
import { openNotifier } from '../plugin.ts';
import type { Config } from '../policy/schema.ts';
import type { Outcome } from '../tell/channel.ts';
import { sendOnce } from '../tell/deliver.ts';
import { type Opened, type Teller, teller } from '../tell/teller.ts';
import { threadBook } from './threads.ts';

export type Entry = Config['notifiers'][string];

const INCIDENTS: ReadonlySet<string> = new Set(notifiers.filter(({ incidents }) => incidents).map(({ kind }) => kind));

function opened(entry: Entry, deps: NotifierDeps): Opened {
  return { notifier: openNotifier(notifiers, entry, deps), incidents: INCIDENTS.has(entry.kind) };
}

/** A failure to tell is said in the log, and never told: that would go round in circles. */
function reporter(
  { logger }: WatchdogLog,
  metrics: Pick<WatchdogMetrics, 'onNotification' | 'onNotifiers'>,
): (outcome: Outcome) => void {
  return (outcome) => {
    const { notifier, notice, kind } = outcome;
    metrics.onNotification({ notifier, outcome: kind });
    const about = { notifier, notice: notice.kind, id: notice.id, title: notice.title };
    if (kind === 'failed') {
      const { attempts, failure } = outcome;
      const said = `${notifier} could NOT be told: ${failure.message}; it was: ${notice.title}`;
      tellProgram(logger, 'notify-failed', { ...about, attempts, failure: { ...failure } }, said);
    }
    if (kind === 'left-out') {
      const { because } = outcome;
      tellProgram(
        logger,
        'notify-left-out',
        { ...about, because },
        `${notifier} was not told (${because}): ${notice.title}`,
      );
    }
  };
}

export interface TellingOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: WatchdogLog;
  readonly metrics: Pick<WatchdogMetrics, 'onNotification' | 'onNotifiers'>;
  /** Takes what has to outlive the process: the threads that were begun. */
  readonly record: (event: WatchdogEvent) => void;
  /** Real milliseconds for one try; default 10 s. */
  readonly timeout?: Duration;
}

export function startTelling(options: TellingOptions): Teller<Entry> {
  const { config, clock, random, log, metrics, timeout } = options;
  const http = httpClient();
  const threads = threadBook(clock, options.record);
  const onFault = (event: WatchdogEvent, error: unknown) => {
    const because = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tellProgram(log.logger, 'log-failed', { of: event.kind, because }, 'nobody could be told of an event');
  };
  metrics.onNotifiers(Object.keys(config.notifiers));
  const telling = teller<Entry>({
    telling: config,
    open: (name, entry) => opened(entry, { http, clock, threads: threads.of(name) }),
    ...{ clock, random, onFault, report: reporter(log, metrics) },
    ...(timeout === undefined ? {} : { timeout }),
  });
  return {
    ...telling,
    learn(events) {
      threads.learn(events);
      telling.learn(events);
    },
    reload(next) {
      metrics.onNotifiers(Object.keys(next.notifiers));
      telling.reload(next);
    },
    async end(within) {
      await telling.end(within);
      await http.close();
    },
  };
}

/** One notice is no story. */
const NO_THREADS: NotifierDeps['threads'] = { of: () => undefined, began() {} };

/** Sends one notice to one notifier, once; what came of it, and in how many real milliseconds. */
export async function tryNotifier(
  entry: Entry,
  notice: Notice,
  clock: Clock,
): Promise<{ readonly duration: Duration; readonly failure?: Failure }> {
  const http = httpClient();
  const { notifier } = opened(entry, { http, clock, threads: NO_THREADS });
  const started = performance.now();
  const took = () => Math.round(performance.now() - started);
  try {
    await sendOnce(notifier, notice, 15_000, new AbortController().signal);
    return { duration: took() };
  } catch (error) {
    return { duration: took(), failure: failureOf(error) };
  } finally {
    notifier.close?.();
    await http.close();
  }
}
