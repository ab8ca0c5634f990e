/** What a calibration asks of the evidence of a deployment, and how it is told beside a verdict. */
import { type Calibration, ofLaterVersion, risingForm } from '../../core/calibration.ts';
import type { JsonObject } from '../../core/json.ts';
import { iso } from '../../core/time.ts';
import { logStop } from '../stats/evidence.ts';
import { neededAt } from '../stats/form.ts';

/**
 * ln of the evidence that stops at a tick of the deployment (0: its first): what the calibration asks for, or 1 / α where it
 * asks for nothing, or in a form that is not known.
 */
export function logNeededAt(calibration: Calibration | undefined, alpha: number, tick: number): number {
  const known = calibration?.kind === 'calibrated' && ofLaterVersion(calibration) === undefined;
  const logNeeded = (known ? calibration.logNeeded : undefined) ?? logStop(alpha);
  return neededAt({ logNeeded, rise: risingForm(calibration)?.rise ?? 0 }, tick);
}

/** How what is needed is called: where it grows with the deployment, that is said. */
export const neededInWords = (calibration: Calibration | undefined): string =>
  (risingForm(calibration)?.rise ?? 0) > 0 ? 'needed by now' : 'needed';

/** Plain data for the journal. What was learnt is left out: it is on record with the calibration itself. */
export function calibrationTold(calibration: Calibration | undefined): JsonObject | null {
  if (calibration === undefined) return null;
  if (calibration.kind === 'uncalibrated') return { kind: calibration.kind, because: calibration.because };
  const { form, level, etas, at, ...rest } = calibration;
  const rising = risingForm(calibration);
  const component = rising?.learnt === undefined ? 'adaptive' : 'learnt';
  const told = rising === undefined ? { kind: form?.kind ?? '' } : { kind: rising.kind, rise: rising.rise, component };
  return {
    ...rest,
    etas: [...etas],
    at: iso(at),
    level: level === undefined ? null : { ...level },
    ...(form === undefined ? {} : { form: told }),
  };
}
