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

interface Kept {
  readonly calibration?: Calibration;
  /** When it is measured again. */
  readonly until: Instant;
}

export interface CalibrationBook {
  /** What is known by now; what is missing or old is measured meanwhile. `collect` fetches the past. */
  of(
    key: string,
    collect: (signal: AbortSignal) => Promise<CalibrationTask>,
    told: (calibration: Calibration) => WatchdogEvent,
  ): Calibration | undefined;
  /** Calibrations that are being reckoned now; those that wait for answers are counted as calls. */
  running(): number;
  close(): Promise<void>;
}

/** The pool is loaded with the first calibration. */
async function ownCalibrator(): Promise<Calibrator> {
  const { calibrationPool } = await import('../calibration/pool.ts');
  return calibrationPool();
}

export interface CalibrationBookOptions {
  readonly clock: Clock;
  readonly record: (event: WatchdogEvent) => void;
  readonly open?: () => Promise<Calibrator>;
}

export function calibrationBook({ clock, record, open = ownCalibrator }: CalibrationBookOptions): CalibrationBook {
  const kept = new Map<string, Kept>();
  const closed = new AbortController();
  let calibrator: Promise<Calibrator> | undefined;
  let running = 0;
  /** One after the other: a wave of deployments must not become a wave of calls and threads. */
  let queue: Promise<void> = Promise.resolve();

  async function measured(collect: (signal: AbortSignal) => Promise<CalibrationTask>): Promise<Kept> {
    try {
      const task = await collect(closed.signal);
      running++;
      try {
        calibrator ??= open();
        const calibration = await (await calibrator).measure(task);
        return { calibration, until: clock.now() + STALE_AFTER };
      } finally {
        running--;
      }
    } catch (error) {
      const because = `its placebos could not be replayed: ${failureOf(error).message}`;
      return { calibration: { kind: 'uncalibrated', because }, until: clock.now() + AGAIN_AFTER };
    }
  }

  return {
    of(key, collect, told) {
      const known = kept.get(key);
      // Kept in the order they were asked for.
      kept.delete(key);
      if (known !== undefined && clock.now() < known.until) {
        kept.set(key, known);
        return known.calibration;
      }
      const before = known?.calibration === undefined ? {} : { calibration: known.calibration };
      kept.set(key, { ...before, until: Number.POSITIVE_INFINITY });
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      queue = queue.then(async () => {
        const result = await measured(collect);
        if (closed.signal.aborted) return;
        // A good one that has grown old is better than none.
        const failed = result.calibration?.kind === 'uncalibrated' && known?.calibration?.kind === 'calibrated';
        kept.set(key, failed && result.until < clock.now() + STALE_AFTER ? { ...known, until: result.until } : result);
        if (result.calibration !== undefined) record(told(result.calibration));
      });
      return known?.calibration;
    },
    running: () => running,
    async close() {
      closed.abort(new Error('the watchdog is shutting down'));
      await (await calibrator)?.close();
    },
  };
}
