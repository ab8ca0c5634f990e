/** What is known of rules by placebos: measured once for each schedule and environment, beside everything else, and again when it is old. */
import type { CalibrationTask, Calibrator } from '../calibration/task.ts';
import type { Calibration } from '../core/calibration.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';

/** A metric of yesterday may be another one today. */
const STALE_AFTER: Duration = 86_400_000;
/** What could not be asked may be asked again. */
const AGAIN_AFTER: Duration = 300_000;
/** Thousands of rules times environments; what was not asked for longest goes. */
const MOST_KEPT = 5_000;

/** How far back a new life looks for what was measured: what is older than a day holds while it is measured again. */
export const CALIBRATIONS_SINCE: Duration = 2 * STALE_AFTER;

interface Kept {
  readonly calibration?: Calibration;
  /** When it is measured again. */
  readonly until: Instant;
  /** Why, then. */
  readonly why: string;
}

/** How it came that something was measured. */
export interface Measuring {
  readonly why: string;
  /** Real milliseconds. */
  readonly duration: Duration;
  /** It failed, and what was known goes on. */
  readonly keepsFormer: boolean;
}

/** What somebody wants to know. */
export interface Wanted {
  /** Equal exactly when it is the same; a later life finds it by that. */
  readonly digest: string;
  /** Fetches the past. */
  readonly collect: (signal: AbortSignal) => Promise<CalibrationTask>;
  readonly told: (calibration: Calibration, measuring: Measuring) => WatchdogEvent;
  /** Why what is known does not hold any more; undefined where it does. */
  readonly outdated?: (calibration: Calibration) => string | undefined;
}

export interface CalibrationBook {
  /** What is known by now; what is missing, old or outdated is measured meanwhile. */
  of(wanted: Wanted): Calibration | undefined;
  /** Takes up what a former life measured. */
  restore(event: WatchdogEvent): void;
  /** Calibrations that are being reckoned now; those that wait for answers are counted as calls. */
  running(): number;
  close(): Promise<void>;
}

/** The pool is loaded with the first calibration. */
async function ownCalibrator(): Promise<Calibrator> {
  const { calibrationPool } = await import('../calibration/thread.ts');
  return calibrationPool();
}

export interface CalibrationBookOptions {
  readonly clock: Clock;
  readonly record: (event: WatchdogEvent) => void;
  readonly open?: () => Promise<Calibrator>;
}

interface Measured {
  readonly kept: Kept & { readonly calibration: Calibration };
  readonly failed: boolean;
  readonly duration: Duration;
}

export function calibrationBook({ clock, record, open = ownCalibrator }: CalibrationBookOptions): CalibrationBook {
  const kept = new Map<string, Kept>();
  const closed = new AbortController();
  let calibrator: Promise<Calibrator> | undefined;
  let running = 0;
  /** One after the other: a wave of deployments must not become a wave of calls and threads. */
  let queue: Promise<void> = Promise.resolve();

  async function reckoned(task: CalibrationTask): Promise<Measured> {
    const begun = performance.now();
    running++;
    try {
      calibrator ??= open();
      const calibration = await (await calibrator).measure(task);
      const until = clock.now() + STALE_AFTER;
      const duration = performance.now() - begun;
      return { kept: { calibration, until, why: 'the last one was a day old' }, failed: false, duration };
    } finally {
      running--;
    }
  }

  async function measured({ collect }: Wanted): Promise<Measured> {
    try {
      return await reckoned(await collect(closed.signal));
    } catch (error) {
      const because = `its placebos could not be replayed: ${failureOf(error).message}`;
      const until = clock.now() + AGAIN_AFTER;
      const calibration = { kind: 'uncalibrated', because } as const;
      return { kept: { calibration, until, why: 'the last try had failed' }, failed: true, duration: 0 };
    }
  }

  /** Keeps them in the order they were asked for. */
  function keep(digest: string, one: Kept): void {
    kept.delete(digest);
    kept.set(digest, one);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  }

  function whyNow(known: Kept | undefined, { outdated }: Wanted): string | undefined {
    if (known === undefined) return 'it had not been measured';
    if (clock.now() >= known.until) return known.why;
    // What is being measured right now is not measured once more.
    const isSettled = known.calibration !== undefined && known.until !== Number.POSITIVE_INFINITY;
    return isSettled ? outdated?.(known.calibration) : undefined;
  }

  async function measure(wanted: Wanted, known: Kept | undefined, why: string): Promise<void> {
    const { kept: result, failed, duration } = await measured(wanted);
    if (closed.signal.aborted) return;
    // A good one that has grown old is better than none.
    const former = kept.get(wanted.digest)?.calibration ?? known?.calibration;
    const keepsFormer = failed && former?.kind === 'calibrated';
    kept.set(wanted.digest, keepsFormer ? { ...result, calibration: former } : result);
    record(wanted.told(result.calibration, { why, duration, keepsFormer }));
  }

  return {
    of(wanted) {
      const known = kept.get(wanted.digest);
      const why = whyNow(known, wanted);
      if (known !== undefined && why === undefined) {
        keep(wanted.digest, known);
        return known.calibration;
      }
      const before = known?.calibration === undefined ? {} : { calibration: known.calibration };
      keep(wanted.digest, { ...before, until: Number.POSITIVE_INFINITY, why: '' });
      queue = queue.then(() => measure(wanted, known, why ?? ''));
      return known?.calibration;
    },
    restore(event) {
      if (event.kind !== 'rule-calibrated' || event.digest === undefined) return;
      const { digest, calibration } = event;
      if (calibration.kind !== 'calibrated') return;
      const known = kept.get(digest);
      if (known?.calibration?.kind === 'calibrated' && known.calibration.at >= calibration.at) return;
      const until = known?.until ?? calibration.at + STALE_AFTER;
      keep(digest, { calibration, until, why: 'the last one was a day old' });
    },
    running: () => running,
    async close() {
      closed.abort(new Error('the watchdog is shutting down'));
      await (await calibrator)?.close();
    },
  };
}
