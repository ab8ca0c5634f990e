/** How far evidence has to be tempered so that hardly any placebo deployment would have been stopped. */
import { ALPHA, ETAS, LOG_CAP } from './defaults.ts';
import { logEvidencePath, logStop } from './evidence.ts';
import { mixLogEvidence } from './mix.ts';
import { allowedAlarms } from './placebo-starts.ts';
import { at, type Ticks } from './ticks.ts';

/** Raw increments of one placebo: one row for each tick, in it one number for each β. */
export type Increments = readonly (readonly number[])[];

export interface Calibration {
  readonly eta: number;
  /** Placebos that would have been stopped at that η. */
  readonly alarms: number;
  readonly allowed: number;
  /** False: even the smallest η stops too many; the judge may only advise. */
  readonly met: boolean;
}

const STOP = logStop(ALPHA);

function alarmsAt(placebos: readonly Increments[], eta: number, stop: number, caps: number | Ticks): number {
  return placebos.filter((increments) => logEvidencePath(increments, eta, caps).some((value) => value >= stop)).length;
}

/**
 * The largest η at which no more placebos alarm than allowed; for each component of its own. Below 199 placebos the rule
 * at 1 % is "no alarm at all", below 99 it does not reach the guarantee. Source: conformal risk control, arXiv 2208.02814
 * (overlapping stretches of one series are not exchangeable, and alarms need not fall with η).
 */
export function calibrateEta(
  placebos: readonly Increments[],
  alpha = ALPHA,
  stop = STOP,
  caps: number | Ticks = LOG_CAP,
): Calibration {
  const allowed = allowedAlarms(placebos.length, alpha);
  let [eta, alarms] = [1, 0];
  for (eta of ETAS) {
    alarms = alarmsAt(placebos, eta, stop, caps);
    if (alarms <= allowed) return { eta, alarms, allowed, met: true };
  }
  return { eta, alarms, allowed, met: false };
}

/** ln E of each tick of a MIX, from the increments of its components and their η. */
export function mixPath(
  parts: readonly Increments[],
  etas: readonly number[],
  caps: number | Ticks = LOG_CAP,
): readonly number[] {
  const paths = parts.map((rows, index) => logEvidencePath(rows, at(etas, index), caps));
  return (paths[0] ?? []).map((_, tick) => mixLogEvidence(paths.map((path) => at(path, tick))));
}

/** How many placebos a MIX stops, from the increments of its components and their η. */
export function mixAlarms(
  components: readonly (readonly Increments[])[],
  etas: readonly number[],
  stop = STOP,
  caps: number | Ticks = LOG_CAP,
): number {
  const [first = []] = components;
  return first.filter((_, placebo) => {
    const parts = components.map((placebos) => placebos[placebo] ?? []);
    return mixPath(parts, etas, caps).some((value) => value >= stop);
  }).length;
}
