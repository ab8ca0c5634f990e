/** One calibration as it is handed to a thread: plain data in, plain data out. */
import type { Calibration } from '../core/calibration.ts';
import type { PlaceboHistory } from '../core/seams.ts';

export interface CalibrationTask {
  /** Options of the judge, as the policy file's schema gives them. */
  readonly judge: { readonly kind: string };
  /** How many rules of the policy share its α. */
  readonly sharing: number;
  readonly history: PlaceboHistory;
}

/** Carries one out, somewhere where nobody waits. */
export interface Calibrator {
  measure(task: CalibrationTask): Promise<Calibration>;
  close(): Promise<void>;
}
