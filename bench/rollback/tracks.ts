/** What else happens to a metric: incidents that coincide, blips, holes, late decisions, and drops. */
import { DROP_BETAS } from '../../src/judges/stats/defaults.ts';
import { stepCaps } from '../../src/judges/stats/evidence.ts';
import { harmRatio } from '../../src/judges/stats/let-through.ts';
import { at, mean } from '../../src/judges/stats/ticks.ts';
import { type Contender, calibrated } from './contender.ts';
import { halved, LOWEST_Z, MIX, mix, placed, plain } from './contenders.ts';
import { doseOf } from './dose.ts';
import { chanceOf } from './random.ts';
import { thresholdOf } from './rivals.ts';
import { scoreOf, stoppedShare } from './score.ts';
import { changed, NOMINAL, type Trial } from './trial.ts';
import type { Trials } from './trials.ts';

const JUDGES: readonly Contender[] = [
  plain,
  placed,
  mix,
  { name: 'MIX, step cap ln 2', learn: doseOf({ components: MIX, caps: stepCaps(NOMINAL) }) },
  halved,
];

export interface TrackRow {
  readonly contender: string;
  readonly cells: readonly string[];
}

/** The same cells of every contender; each cell a share, a mean over all series. */
function rows(
  contenders: readonly Contender[],
  sets: readonly Trials[],
  cellsOf: (judge: Contender, trials: Trials) => readonly number[],
): readonly TrackRow[] {
  return contenders.map((contender) => {
    const each = sets.map((trials) => cellsOf(contender, trials));
    const means = (each[0] ?? []).map((_, cell) => mean(each.map((cells) => at(cells, cell))));
    return { contender: contender.name, cells: means.map((share) => (100 * share).toFixed(1)) };
  });
}

/** Everybody's errors grow threefold from some tick of the deployment on. */
function withIncident(trials: readonly Trial[]): readonly Trial[] {
  const chance = chanceOf(31);
  return trials.map((trial) => {
    const from = 2 + chance.whole(18);
    return changed(trial, (value, tick) => (tick >= from ? value + chance.poisson(2 * value) : value));
  });
}

/** Clients that are new to the configuration fail `times` as often for a tick, and harm nobody. */
function withBlips(trials: readonly Trial[], times: number): readonly Trial[] {
  const chance = chanceOf(32);
  const fresh = (tick: number) => at(NOMINAL, tick) - (tick === 0 ? 0 : at(NOMINAL, tick - 1));
  return trials.map((trial) =>
    changed(trial, (value, tick) => value + chance.poisson(value * (times - 1) * fresh(tick))),
  );
}

function withHoles(trials: readonly Trial[]): readonly Trial[] {
  const chance = chanceOf(33);
  return trials.map((trial) => changed(trial, (value) => (chance.uniform() < 0.2 ? Number.NaN : value)));
}

export const DISTURBED = ['incident ×3', 'blips ×3', 'blips ×10', '20 % missing', '20 % missing: harm'];

/** False stops of harmless deployments that something disturbs, and harm with holes; counts only. */
export function disturbed(sets: readonly Trials[]): readonly TrackRow[] {
  return rows(JUDGES, sets, (judge, { placebos, harmless, harmful }) => {
    const stopper = judge.learn(placebos, [...harmful.keys()]);
    const shares = [withIncident(harmless), withBlips(harmless, 3), withBlips(harmless, 10), withHoles(harmless)];
    const harmed = [...harmful.values()].flatMap(withHoles);
    const harm = mean(harmed.map((trial) => harmRatio(stopper(trial), trial.actual)));
    return [...shares.map((trials) => stoppedShare(trials, stopper)), harm];
  });
}

export const DELAYS = [0, 1, 2, 3, 5];

/** Mean harm when a decision takes so many ticks to have its effect. */
export function delayed(sets: readonly Trials[]): readonly TrackRow[] {
  return rows(JUDGES, sets, (judge, { placebos, harmful }) => {
    const stopper = judge.learn(placebos, [...harmful.keys()]);
    const stops = [...harmful.values()].flat().map((trial) => ({ trial, stop: stopper(trial) }));
    return DELAYS.map((delay) => mean(stops.map(({ trial, stop }) => harmRatio(stop, trial.actual, delay))));
  });
}

const DROPS: readonly Contender[] = [
  { name: placed.name, learn: calibrated((trial) => thresholdOf(trial, -1), LOWEST_Z) },
  { name: mix.name, learn: doseOf({ components: MIX, betas: DROP_BETAS }) },
];

/** Deployments that make a metric fall: share of false stops, then harm for each ratio. */
export function dropped(sets: readonly Trials[]): readonly TrackRow[] {
  return rows(DROPS, sets, (judge, trials) => {
    const score = scoreOf(judge, trials);
    return [score?.falseStops ?? Number.NaN, ...(score?.effects ?? []).map(({ harm }) => harm)];
  });
}
