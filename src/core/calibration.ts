/** What was measured of a judge on placebos: deployments that never were, replayed over the history of its metric. */
import type { Instant } from './time.ts';

/** Levels of a metric: events per request (per period where requests are not counted), or the value of a gauge. */
export interface LevelRange {
  readonly low: number;
  readonly high: number;
}

/** What was learnt of a metric: how its next value follows from those before, on the log scale. */
interface LearntMetric {
  /** One for each window of periods but the newest period. */
  readonly weights: readonly number[];
  /** Added before taking logs, in the unit of the metric (events per request for counts). */
  readonly offset: number;
  /** Squared scale of its errors on the log scale. */
  readonly scale2: number;
}

/** One component alone has to reach a bound that rises while the deployment goes on. */
export interface RisingForm {
  readonly kind: 'rising';
  /** By how much `logNeeded` rises with each period of the deployment. */
  readonly rise: number;
  /** What the component predicts by; absent: it is the adaptive one. */
  readonly learnt?: LearntMetric;
}

/** A form that only a later version knows: what it was measured to do, this one cannot do. */
interface LaterForm {
  readonly kind: string;
}

export type Calibration =
  | {
      readonly kind: 'calibrated';
      /** Tempering power of each component of the evidence: adaptive, anchored, learnt. 0: it has no say. */
      readonly etas: readonly number[];
      /** ln of the evidence at which it stops (in the first period), where that was calibrated too; absent: 1 / α. */
      readonly logNeeded?: number;
      /** How the evidence is made up; absent: it is the mixture of all components, and the bound stays. */
      readonly form?: RisingForm | LaterForm;
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

const isRising = (form: RisingForm | LaterForm): form is RisingForm => form.kind === 'rising';

/** The form of a calibration whose bound rises; undefined where it does not. */
export function risingForm(calibration: Calibration | undefined): RisingForm | undefined {
  if (calibration?.kind !== 'calibrated' || calibration.form === undefined) return undefined;
  return isRising(calibration.form) ? calibration.form : undefined;
}

/** Why a calibration is of no use to this version, which a later one has measured; undefined where it is. */
export function ofLaterVersion(calibration: Calibration | undefined): string | undefined {
  if (calibration?.kind !== 'calibrated' || calibration.form === undefined || isRising(calibration.form)) {
    return undefined;
  }
  return `it was calibrated by a later version, in a form (${calibration.form.kind}) that is not known here`;
}

/** Why a rule may not stop by itself under such a calibration; undefined when it may. */
export function doubtOf(calibration: Calibration | undefined): string | undefined {
  if (calibration === undefined) return 'its calibration is not finished';
  if (calibration.kind === 'uncalibrated') return `it is not calibrated: ${calibration.because}`;
  const later = ofLaterVersion(calibration);
  if (later !== undefined) return later;
  const rate = falseStopRate(calibration);
  if (rate > MOST_FALSE_STOPS || !calibration.met) {
    return `it would have stopped ${calibration.falseStops} of ${calibration.placebos} placebo deployments`;
  }
  return undefined;
}
