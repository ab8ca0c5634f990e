/** Carries out one calibration: makes the judge anew and has it replay its placebos. */
import type { Calibration } from '../core/calibration.ts';
import { judges } from '../judges/index.ts';
import { makeJudge } from '../plugin.ts';
import type { CalibrationTask } from './task.ts';

export async function measure({ judge: options, sharing, history }: CalibrationTask): Promise<Calibration> {
  const judge = makeJudge(judges, options, sharing);
  await judge.prepare?.();
  return judge.calibration?.measure(history) ?? { kind: 'uncalibrated', because: `${options.kind} needs none` };
}
