/** A thread of its own for calibrations, which take seconds; it is there only while there is something to calibrate. */
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Calibrator } from './task.ts';

/** In the repository beside this file, in the published form where src/ has it. */
function workerFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? './worker.ts' : '../calibration/worker.js', here));
}

/** Real milliseconds; a calibration takes a few seconds. */
const PATIENCE = 120_000;

export function calibrationPool(): Calibrator {
  let pool: ReturnType<typeof workerpool.pool> | undefined;
  let waiting = 0;
  const close = async () => {
    const former = pool;
    pool = undefined;
    await former?.terminate(true);
  };
  return {
    async measure(task) {
      pool ??= workerpool.pool(workerFile(), { maxWorkers: 1, workerType: 'thread' });
      waiting++;
      try {
        return await pool.exec('measure', [task]).timeout(PATIENCE);
      } finally {
        waiting--;
        if (waiting === 0) await close();
      }
    },
    close,
  };
}
