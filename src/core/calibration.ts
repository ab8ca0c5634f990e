/** What was measured of a judge on placebos: deployments that never were, replayed over the history of its metric. */
import type { Instant } from './time.ts';

/** Levels of a metric: events per request (per period where requests are not counted), or the value of a gauge. */
export interface LevelRange {
  readonly low: number;
  readonly high: number;
}

export type Calibration =
  | {
      readonly kind: 'calibrated';
      /** Tempering power of each component of the evidence. */
      readonly etas: readonly number[];
      /** ln of the evidence at which it stops, where that was calibrated too; absent: 1 / α. */
      readonly logNeeded?: number;
      /** Bound of a score, where the judge has one. */
      readonly bound?: number;
      readonly placebos: number;
      /** Placebos that would have been stopped all the same. */
      readonly falseStops: number;
      /** False: no tempering kept the false stops to what was asked for. */
      readonly met: boolean;
      readonly at: Instant;
      /** Between what the metric lay in the history it was measured on; absent where that is not known. */
      readonly level?: LevelRange;
    }
  | { readonly kind: 'uncalibrated'; readonly because: string };

/** Share of placebos above which a rule may only advise, unless its policy insists. */
const MOST_FALSE_STOPS = 0.05;

export function falseStopRate({ placebos, falseStops }: Calibration & { kind: 'calibrated' }): number {
  return placebos === 0 ? 1 : falseStops / placebos;
}

/** Why a rule may not stop by itself under such a calibration; undefined when it may. */
export function doubtOf(calibration: Calibration | undefined): string | undefined {
  if (calibration === undefined) return 'its calibration is not finished';
  if (calibration.kind === 'uncalibrated') return `it is not calibrated: ${calibration.because}`;
  const rate = falseStopRate(calibration);
  if (rate > MOST_FALSE_STOPS || !calibration.met) {
    return `it would have stopped ${calibration.falseStops} of ${calibration.placebos} placebo deployments`;
  }
  return undefined;
}
