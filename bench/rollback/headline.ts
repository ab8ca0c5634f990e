/** The one number: harm let through relative to a threshold, with an interval over series. */
import { mean } from '../../src/judges/stats/ticks.ts';
import { percentile } from '../support/statistics.ts';
import { chanceOf } from './random.ts';
import type { SeriesScore, SetScore } from './score.ts';

const RESAMPLES = 4_000;

export interface Headline {
  readonly ratio: number;
  /** 95 % of the resamples of series lie between. */
  readonly low: number;
  readonly high: number;
}

const harmOf = (series: readonly SeriesScore[]): number => mean(series.map(({ harm }) => harm));

/** Mean harm of one contender over that of another, on the same series. */
export function headline(judge: SetScore, beside: SetScore): Headline {
  const pairs = judge.series.flatMap((ours, index) => {
    const theirs = beside.series[index];
    return theirs === undefined ? [] : [{ ours, theirs }];
  });
  const ratioOf = (chosen: typeof pairs) =>
    harmOf(chosen.map((pair) => pair.ours)) / harmOf(chosen.map((pair) => pair.theirs));
  const chance = chanceOf(0);
  const resampled = Array.from({ length: RESAMPLES }, () =>
    ratioOf(pairs.flatMap(() => pairs[chance.whole(pairs.length)] ?? [])),
  );
  return { ratio: ratioOf(pairs), low: percentile(resampled, 0.025), high: percentile(resampled, 0.975) };
}
