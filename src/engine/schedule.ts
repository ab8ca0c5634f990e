/** When cycles start: node-cron on the real clock, the same expression on an accelerated or driven one. */
import cron from 'node-cron';
import type { Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';

export interface Scheduled {
  /** No further run begins; one that is under way is not waited for. */
  stop(): void;
}

export interface ScheduleOptions {
  /** Six fields, seconds first. */
  readonly expression: string;
  readonly clock: Clock;
  readonly run: () => Promise<void>;
  /** A run was due while the one before was still under way, and was left out. */
  readonly onOverlap: () => void;
}

const SECOND = 1_000;
/** A cron expression that matches no second of a year is taken for one that never does. */
const FURTHEST = 366 * 24 * 3600;

const SILENT = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

/** The next instant after `after` that an expression names; undefined when there is none within a year. */
export function nextRun(expression: string, after: Instant): Instant | undefined {
  const task = cron.createTask(expression, () => {}, { logger: SILENT });
  const first = Math.floor(after / SECOND) * SECOND + SECOND;
  for (let step = 0; step < FURTHEST; step++) {
    const at = first + step * SECOND;
    if (task.match(new Date(at))) return at;
  }
  return undefined;
}

function scheduleOnCron({ expression, run, onOverlap }: ScheduleOptions): Scheduled {
  const task = cron.schedule(expression, run, { noOverlap: true, suppressMissedWarning: true, logger: SILENT });
  task.on('execution:overlap', onOverlap);
  task.on('execution:missed', onOverlap);
  return { stop: () => void task.destroy() };
}

function scheduleOnClock({ expression, clock, run, onOverlap }: ScheduleOptions): Scheduled {
  const stopped = new AbortController();
  let running = false;
  const tick = () => {
    if (running) {
      onOverlap();
      return;
    }
    running = true;
    void run().finally(() => {
      running = false;
    });
  };
  const loop = async () => {
    for (
      let at = nextRun(expression, clock.now());
      at !== undefined;
      at = nextRun(expression, Math.max(at, clock.now()))
    ) {
      await clock.sleep(at - clock.now(), stopped.signal);
      tick();
    }
  };
  // The only rejection is the abort that ends the loop.
  loop().catch(() => stopped.abort());
  return { stop: () => stopped.abort() };
}

/** Runs `run` whenever the expression says, never twice at once. `run` must not reject. */
export function schedule(options: ScheduleOptions): Scheduled {
  return options.clock.real ? scheduleOnCron(options) : scheduleOnClock(options);
}
