/**
 * Mann and Whitney's test of two arms of values; valid for one look, or for few that were planned and share α.
 * Equals scipy.stats.mannwhitneyu(method='asymptotic', use_continuity=True).
 */
import type { Interval } from './effect.ts';
import { rankStatistic } from './rank-statistic.ts';
import { hodgesLehmannShift, shiftInterval } from './shift.ts';
import { erfc } from './special.ts';
import { finiteOf, mean, type Ticks } from './ticks.ts';

/** What would be bad: the new values are greater, less, or either. */
export type Alternative = 'greater' | 'less' | 'two-sided';

export interface MannWhitney {
  /** Of the new sample. */
  readonly u: number;
  /** Undefined when every value is the same. */
  readonly z: number | undefined;
  /** 1 when every value is the same. */
  readonly p: number;
  /** P(new > old) + P(tie) / 2. */
  readonly superiority: number;
  /** In the metric's unit. */
  readonly shift: number;
  readonly interval: Interval;
}

const tail = (z: number): number => 0.5 * erfc(z / Math.SQRT2);

function tested(centred: number, sd: number, alternative: Alternative): Pick<MannWhitney, 'z' | 'p'> {
  if (sd === 0) return { z: undefined, p: 1 };
  if (alternative === 'two-sided') {
    const z = (Math.abs(centred) - 0.5) / sd;
    return { z, p: Math.min(1, 2 * tail(z)) };
  }
  const z = (centred - (alternative === 'greater' ? 0.5 : -0.5)) / sd;
  return { z, p: tail(alternative === 'greater' ? z : -z) };
}

/** Missing values are dropped; undefined when an arm has none left. */
export function mannWhitney(
  newValues: Ticks,
  oldValues: Ticks,
  alternative: Alternative = 'greater',
  confidence = 0.98,
): MannWhitney | undefined {
  const [fresh, old] = [finiteOf(newValues), finiteOf(oldValues)];
  if (fresh.length === 0 || old.length === 0) return undefined;
  const { u, sd } = rankStatistic(fresh, old);
  const pairs = fresh.length * old.length;
  return {
    u,
    ...tested(u - pairs / 2, sd, alternative),
    superiority: u / pairs,
    shift: hodgesLehmannShift(fresh, old),
    interval: shiftInterval(fresh, old, confidence),
  };
}

/** Values an arm needs for a verdict. */
const FEWEST_VALUES = 5;

export interface HarmBounds {
  readonly confidence: number;
  /** The lower end of the interval has to be above this share of the shift. */
  readonly tolerance: number;
  /** Smallest ratio of the means, new to old; not asked when the old mean is 0. */
  readonly minRatio: number;
}

/** Kayenta's rule, rise is bad; undefined with fewer than 5 values in an arm. */
export function mannWhitneyHarmful(
  newValues: Ticks,
  oldValues: Ticks,
  { confidence, tolerance, minRatio }: HarmBounds = { confidence: 0.98, tolerance: 0.25, minRatio: 1 },
): boolean | undefined {
  const [fresh, old] = [finiteOf(newValues), finiteOf(oldValues)];
  if (Math.min(fresh.length, old.length) < FEWEST_VALUES) return undefined;
  const { low } = shiftInterval(fresh, old, confidence);
  const oldMean = mean(old);
  const ratio = oldMean === 0 ? Number.POSITIVE_INFINITY : mean(fresh) / oldMean;
  return low > tolerance * Math.abs(hodgesLehmannShift(fresh, old)) && ratio >= minRatio;
}

/**
 * The ticks (numbers of ticks gone by) at which to look, evenly up to the last one. Each look may spend α / looks, since
 * looking at every tick would stop 38 % of harmless one-minute series.
 */
export function plannedLooks(ticks: number, looks: number): readonly number[] {
  const planned = Array.from({ length: looks }, (_, look) => Math.round(((look + 1) * ticks) / looks));
  return [...new Set(planned)].filter((tick) => tick > 0);
}
