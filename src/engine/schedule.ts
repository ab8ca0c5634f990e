/**
 * When cycles start: at the instants of a cron expression, read as node-cron reads it. The waiting is this program's own,
 * the same on every clock: node-cron's would pause for two hours after a clock was put back by two hours.
 */
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
  readonly run: () => Promise<unknown>;
  /** A run was due while the one before was still under way, and was left out. */
  readonly onOverlap: () => void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** A cron expression that matches no second of a year is taken for one that never does. */
const FURTHEST = 366 * 24 * HOUR;

/** A clock that is put forward or back is noticed after so long at the latest. */
const LONGEST_SLEEP = MINUTE;

const SILENT = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

const startOfNext = (at: Instant, unit: number) => Math.floor(at / unit) * unit + unit;

/** An expression, read once. node-cron keeps every task it makes until it is destroyed: dispose of it. */
interface Runs extends Disposable {
  /** The next instant after `after`; undefined when there is none within a year. */
  next(after: Instant): Instant | undefined;
}

/** Whether every hour of every day will do: then no calendar of a time zone is needed, which takes long to load. */
function anyHour({ hour, dayOfMonth, month, dayOfWeek }: ReturnType<typeof cron.parse>): boolean {
  return hour.length === 24 && dayOfMonth.length === 31 && month.length === 12 && dayOfWeek.length >= 7;
}

/** Reads an expression once, for many instants. */
export function runsOf(expression: string): Runs {
  const parsed = cron.parse(expression);
  const { second, minute } = parsed;
  const task = anyHour(parsed) ? undefined : cron.createTask(expression, () => {}, { logger: SILENT });
  return {
    next(after) {
      const last = after + FURTHEST;
      let at = startOfNext(after, SECOND);
      while (at <= last) {
        const date = new Date(at);
        if (!minute.includes(date.getMinutes())) at = startOfNext(at, MINUTE);
        else if (!second.includes(date.getSeconds())) at += SECOND;
        else if (task?.match(date) ?? true) return at;
        // Second and minute are right, so it is the hour or the day that is not.
        else at = startOfNext(at, HOUR / 4);
      }
      return undefined;
    },
    [Symbol.dispose]: () => void task?.destroy(),
  };
}

/** The next instant after `after` that an expression names; undefined when there is none within a year. */
export function nextRun(expression: string, after: Instant): Instant | undefined {
  using runs = runsOf(expression);
  return runs.next(after);
}

/** Runs `run` whenever the expression says, never twice at once. `run` must not reject. */
export function schedule({ expression, clock, run, onOverlap }: ScheduleOptions): Scheduled {
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
    using runs = runsOf(expression);
    /** What was due up to here has run. */
    let done = clock.now();
    for (;;) {
      const now = clock.now();
      // The clock was put back: waiting for an instant of before would be a pause of as long.
      if (now < done - SECOND) done = now;
      const at = runs.next(done);
      if (at === undefined) return;
      if (at <= now) {
        done = now;
        tick();
      } else {
        await clock.sleep(Math.min(at - now, LONGEST_SLEEP), stopped.signal);
      }
    }
  };
  loop().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return { stop: () => stopped.abort() };
}
