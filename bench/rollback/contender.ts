/** What the benchmark compares: something that learns from placebos and then says when it would have stopped. */
import { ALPHA } from '../../src/judges/stats/defaults.ts';
import { firstAtLeast } from '../../src/judges/stats/evidence.ts';
import { calibrateThreshold } from '../../src/judges/stats/threshold-score.ts';
import type { Trial } from './trial.ts';

/** Tick of the stop; undefined for none. */
export type Stopper = (trial: Trial) => number | undefined;

export interface Contender {
  readonly name: string;
  /** Whether it can judge such a series. */
  takes?(trial: Trial): boolean;
  /** `ratios`: the rate ratios that it is measured by. */
  learn(placebos: readonly Trial[], ratios: readonly number[]): Stopper;
}

/** One score for each tick; the higher, the worse. */
export type Scores = (trial: Trial) => readonly number[];

const largest = (path: readonly number[]): number =>
  path.reduce((top, value) => Math.max(top, value), Number.NEGATIVE_INFINITY);

/** Stops at the first score that reaches a bound which hardly any placebo reached. */
export function calibrated(scores: Scores, lowest: number, alpha = ALPHA): Contender['learn'] {
  return (placebos) => {
    const maxima = placebos.map((placebo) => largest(scores(placebo)));
    const bound = calibrateThreshold(maxima, alpha, lowest);
    return (trial) => firstAtLeast(scores(trial), bound);
  };
}

/** Scores that several contenders ask for, reckoned once for each trial. */
export function remembered(scores: Scores): Scores {
  const known = new WeakMap<Trial, readonly number[]>();
  return (trial) => {
    const path = known.get(trial) ?? scores(trial);
    known.set(trial, path);
    return path;
  };
}

export function fixed(scores: Scores, bound: number): Contender['learn'] {
  return () => (trial) => firstAtLeast(scores(trial), bound);
}

/** Stops as soon as one of several does. */
export function either(...learners: readonly Contender['learn'][]): Contender['learn'] {
  return (placebos, ratios) => {
    const stoppers = learners.map((learn) => learn(placebos, ratios));
    return (trial) => {
      const stops = stoppers.flatMap((stop) => stop(trial) ?? []);
      return stops.length === 0 ? undefined : Math.min(...stops);
    };
  };
}
