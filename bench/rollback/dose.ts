/** The dose judge in the benchmark: calibrated on the placebos of each series, or not at all. */
import { calibrateEta, type Increments } from '../../src/judges/stats/calibrate.ts';
import { type Memories, withComponents } from '../../src/judges/stats/components.ts';
import {
  ADAPTIVE_MEMORY,
  ALPHA,
  ANCHORED_MEMORY,
  FALLBACK_MEMORY,
  HISTORY_TICKS,
  LOG_CAP,
} from '../../src/judges/stats/defaults.ts';
import { betasOf } from '../../src/judges/stats/dose-mix.ts';
import { firstAtLeast, logEvidencePath, logStop } from '../../src/judges/stats/evidence.ts';
import { doseTicks, ratioIncrements } from '../../src/judges/stats/likelihood-ratio.ts';
import { mixLogEvidence } from '../../src/judges/stats/mix.ts';
import { at, type Ticks } from '../../src/judges/stats/ticks.ts';
import { type Contender, fixed, type Scores } from './contender.ts';
import { before, EXPOSURE, type Trial } from './trial.ts';

const MEMORIES: Memories = [ADAPTIVE_MEMORY, ANCHORED_MEMORY, FALLBACK_MEMORY];
export const ADAPTIVE = 0;
export const ANCHORED = 1;
const FALLBACK = 2;

/** Increments by grid of effects: several contenders ask the same of a trial. */
const known = new Map<readonly number[], WeakMap<Trial, readonly Increments[]>>();

function incrementsOf(trial: Trial, betas: readonly number[]): readonly Increments[] {
  const ofGrid = known.get(betas) ?? new WeakMap<Trial, readonly Increments[]>();
  known.set(betas, ofGrid);
  const earlier = ofGrid.get(trial);
  if (earlier !== undefined) return earlier;
  const ticks = doseTicks(trial.during, EXPOSURE);
  const increments = withComponents(trial.series.kind, before(trial, HISTORY_TICKS), MEMORIES, (components) =>
    components.map(({ filter }) => ratioIncrements(filter, betas, ticks)),
  );
  ofGrid.set(trial, increments ?? []);
  return increments ?? [];
}

/** Increments of one component, one row for each tick. */
function rowsOf(trial: Trial, component: number, betas = betasOf(trial.series.kind)): Increments {
  return incrementsOf(trial, betas)[component] ?? [];
}

/** Increments of the two components of MIX. */
export const partsOf = (trial: Trial): readonly Increments[] =>
  [ADAPTIVE, ANCHORED].map((component) => rowsOf(trial, component));

/** The same of many trials, by component. */
export function componentsOf(trials: readonly Trial[]): readonly (readonly Increments[])[] {
  const parts = trials.map(partsOf);
  return [ADAPTIVE, ANCHORED].map((component) => parts.map((one) => one[component] ?? []));
}

export interface DoseForm {
  readonly components: readonly number[];
  readonly alpha?: number;
  /** Instead of those of which a rise is bad. */
  readonly betas?: readonly number[];
  readonly caps?: number | Ticks;
}

/** The components with the stake split evenly, each tempered as its placebos ask for. */
export function doseOf({ components, alpha = ALPHA, betas, caps = LOG_CAP }: DoseForm): Contender['learn'] {
  return (placebos, ratios) => {
    const etas = components.map((component) => {
      const increments = placebos.map((placebo) => rowsOf(placebo, component, betas));
      return calibrateEta(increments, alpha, logStop(), caps).eta;
    });
    return fixed(doseScores(components, etas, betas, caps), logStop())(placebos, ratios);
  };
}

/** ln E of each tick under given powers. */
function doseScores(
  components: readonly number[],
  etas: readonly number[],
  betas: readonly number[] | undefined,
  caps: number | Ticks,
): Scores {
  return (trial) => {
    const paths = components.map((component, index) =>
      logEvidencePath(rowsOf(trial, component, betas), at(etas, index), caps),
    );
    return trial.during.map((_, tick) => mixLogEvidence(paths.map((path) => at(path, tick))));
  };
}

/** One component that is not calibrated. */
export const fallback: Contender['learn'] = () => (trial) =>
  firstAtLeast(logEvidencePath(incrementsOf(trial, betasOf(trial.series.kind))[FALLBACK] ?? []), logStop());
