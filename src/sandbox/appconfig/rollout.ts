/** When a rollout reaches which percentage: the strategy's growth as a list of steps. Pure. */
import type { Duration } from '../../core/time.ts';

export type GrowthType = 'LINEAR' | 'EXPONENTIAL';

export interface Growth {
  readonly type: GrowthType;
  /** Per cent, 1..100. */
  readonly factor: number;
  readonly durationMinutes: number;
}

export interface Step {
  /** After the start of the deployment. */
  readonly after: Duration;
  /** 0..100: the share of clients from then on. */
  readonly percentage: number;
}

const MINUTE: Duration = 60_000;

function percentages(growth: Growth): readonly number[] {
  const reached: number[] = [];
  const at = (step: number) => (growth.type === 'LINEAR' ? growth.factor * (step + 1) : growth.factor * 2 ** step);
  for (let step = 0; at(step) < 100; step++) reached.push(at(step));
  return [...reached, 100];
}

/**
 * The steps of a rollout, oldest first, the last one 100 %.
 *
 * The user guide gives the timetable followed here: nothing at the start, the first step after one interval, 100 % when
 * the whole duration is over (20 % over ten hours: 0 h 0 %, 2 h 20 %, …, 10 h 100 %). An event log printed in the
 * reference of the AWS command line shows one interval more (25 % in 15 minutes stepping every three), which AWS
 * explains nowhere. EXPONENTIAL goes through G·2^N in intervals of equal length. A rollout of no duration is one step.
 */
export function rolloutSteps(growth: Growth): readonly Step[] {
  if (growth.durationMinutes === 0) return [{ after: 0, percentage: 100 }];
  const reached = percentages(growth);
  const interval = (growth.durationMinutes * MINUTE) / reached.length;
  return reached.map((percentage, index) => ({ after: Math.round(interval * (index + 1)), percentage }));
}
