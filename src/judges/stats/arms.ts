/**
 * Exact sequential comparison of two arms: a metric split by configuration version, whatever the common rate does.
 * Source: arXiv 2011.03567 and arXiv 2106.02693.
 */
import { ARMS_RATIOS } from './defaults.ts';
import { firstStakes, logEvidence, type Stakes } from './evidence.ts';
import { at } from './ticks.ts';

interface Arm {
  readonly events: number;
  readonly trials: number;
}

/** What the arm on the new configuration and the one on the old did in a tick; NaN is missing. */
export interface ArmsTick {
  readonly fresh: Arm;
  readonly old: Arm;
}

export interface ArmsOptions {
  /** Rate ratios "new : old" to bet on; below 1 when a drop is bad. */
  readonly ratios: readonly number[];
  /**
   * 1: an e-process, of false stops ≤ α for independent events. More is a margin for hosts that differ; 4 is usual where
   * there is much traffic.
   */
  readonly phi: number;
}

const EXACT: ArmsOptions = { ratios: ARMS_RATIOS, phi: 1 };
const EDGE = 1e-9;

const isTold = ({ events, trials }: Arm) => Number.isFinite(events) && Number.isFinite(trials) && trials > 0;

/**
 * Log likelihood ratio of each rate ratio in one tick: given all its events, those of the new arm are binomial with the
 * share θ of trials when the rates are equal. 0 when an arm is empty or missing.
 */
export function armsIncrements({ fresh, old }: ArmsTick, { ratios, phi }: ArmsOptions = EXACT): readonly number[] {
  if (!isTold(fresh) || !isTold(old)) return ratios.map(() => 0);
  const theta = Math.min(Math.max(fresh.trials / (fresh.trials + old.trials), EDGE), 1 - EDGE);
  const events = fresh.events + old.events;
  return ratios.map((r) => (fresh.events * Math.log(r) - events * Math.log(1 - theta + theta * r)) / phi);
}

/** One tick on; needs no cap. */
export function armsStep(stakes: Stakes, tick: ArmsTick, options: ArmsOptions = EXACT): Stakes {
  const increments = armsIncrements(tick, options);
  return stakes.map((worth, ratio) => worth + at(increments, ratio));
}

/** ln E of each tick. */
export function armsPath(ticks: readonly ArmsTick[], options: ArmsOptions = EXACT): readonly number[] {
  let stakes = firstStakes(options.ratios.length);
  return ticks.map((tick) => {
    stakes = armsStep(stakes, tick, options);
    return logEvidence(stakes);
  });
}
