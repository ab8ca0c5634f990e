/** What placebos and injected effects showed, in sentences. */
import { formatDuration } from '../core/time.ts';
import type { EffectPower, Power } from './placebo.ts';
import { minuteOf, percent } from './tell.ts';

function effectText({ effect, stopped, share, interval, medianDelay }: EffectPower, placements: number): string {
  const range = `95 % interval ${percent(interval.low)} to ${percent(interval.high)}`;
  if (effect === 1)
    return `Without a cause ${stopped} of ${placements} would have been stopped: ${percent(share)}, ${range}.`;
  const delay =
    medianDelay === undefined ? '' : `, half of them within ${formatDuration(medianDelay)} of the first client`;
  return `An effect of ${effect} times on the exposed clients would have been stopped in ${percent(share)} (${range})${delay}.`;
}

export function powerText({ policy, schedule, placements, from, to, effects }: Power): readonly string[] {
  const where = `${policy}: the schedule of ${schedule}, placed ${placements} times between ${minuteOf(from)} and ${minuteOf(to)}, away from real deployments.`;
  return [where, ...effects.map((effect) => effectText(effect, placements))];
}
