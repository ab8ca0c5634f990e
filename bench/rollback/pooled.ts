/** Two metrics of one deployment: each judged by itself at its share of α, or what both say put together. */
import { mixPath } from '../../src/judges/stats/calibrate.ts';
import { ALPHA } from '../../src/judges/stats/defaults.ts';
import { firstAtLeast, logStop } from '../../src/judges/stats/evidence.ts';
import { type FormOptions, LEAST_EVIDENCE } from '../../src/judges/stats/form.ts';
import { formStop, mixForm } from '../../src/judges/stats/forms.ts';
import { harmRatio } from '../../src/judges/stats/let-through.ts';
import { logMeanExp } from '../../src/judges/stats/log-sum.ts';
import { calibrateThreshold } from '../../src/judges/stats/threshold-score.ts';
import { at, mean, sum } from '../../src/judges/stats/ticks.ts';
import { componentsOf, partsOf } from './dose.ts';
import type { TrackRow } from './tracks.ts';
import { plainTrial, type Trial } from './trial.ts';
import type { Trials } from './trials.ts';

/** One deployment as each of its metrics shows it. */
type Deployed = readonly Trial[];

interface PooledJudge {
  readonly name: string;
  learn(placebos: readonly Deployed[]): (deployed: Deployed) => number | undefined;
}

/** The MIX of each metric, tempered on that metric's placebos. */
function tempered(placebos: readonly Deployed[], options: FormOptions) {
  const metrics = placebos[0] ?? [];
  return metrics.map((_, metric) =>
    mixForm(componentsOf(placebos.flatMap((deployed) => deployed[metric] ?? [])), options),
  );
}

/** Stops as soon as one of the first `metrics` does. */
function eachAt(alpha: number, metrics?: number): PooledJudge['learn'] {
  return (placebos) => {
    const forms = tempered(placebos, { alpha }).slice(0, metrics);
    return (deployed) => {
      const stops = forms.flatMap((form, metric) => {
        const trial = deployed[metric];
        return trial === undefined ? [] : (formStop(form, partsOf(trial)) ?? []);
      });
      return stops.length === 0 ? undefined : Math.min(...stops);
    };
  };
}

/** From ln E of each metric that of all. */
type Pool = (logEvidence: readonly number[]) => number;

/** ln of the mean: evidence whatever the metrics have in common. */
const average: Pool = logMeanExp;
/** ln of the product: evidence only of metrics without anything in common, unless a bound is calibrated for it. */
const product: Pool = sum;

/** What all metrics say together, tick by tick, under powers for each. */
function together(pool: Pool, placebos: readonly Deployed[], alpha: number) {
  const forms = tempered(placebos, { alpha, stop: logStop(ALPHA) });
  return (deployed: Deployed): readonly number[] => {
    const paths = forms.flatMap(({ etas }, metric) => {
      const trial = deployed[metric];
      return trial === undefined ? [] : [mixPath(partsOf(trial), etas)];
    });
    return (paths[0] ?? []).map((_, tick) => pool(paths.map((path) => at(path, tick))));
  };
}

const asTold =
  (pool: Pool): PooledJudge['learn'] =>
  (placebos) => {
    const path = together(pool, placebos, ALPHA);
    return (deployed) => firstAtLeast(path(deployed), logStop(ALPHA));
  };

/** Tempered less, with a bound that hardly any placebo of all metrics together reaches. */
const bounded =
  (pool: Pool): PooledJudge['learn'] =>
  (placebos) => {
    const path = together(pool, placebos, 2 * ALPHA);
    const largest = placebos.map((deployed) => Math.max(...path(deployed)));
    const bound = calibrateThreshold(largest, ALPHA, LEAST_EVIDENCE);
    return (deployed) => firstAtLeast(path(deployed), bound);
  };

export const POOLED_JUDGES: readonly PooledJudge[] = [
  { name: 'MIX of the first metric alone', learn: eachAt(ALPHA, 1) },
  { name: 'MIX of each metric, at α/2', learn: eachAt(ALPHA / 2) },
  { name: 'mean of their E ≥ 100', learn: asTold(average) },
  { name: 'mean of their E, bound calibrated on both', learn: bounded(average) },
  { name: 'product of their E, bound calibrated on both', learn: bounded(product) },
];

interface Deployments {
  readonly placebos: readonly Deployed[];
  readonly harmless: readonly Deployed[];
  /** For each rate ratio, deployments that harm both metrics, and those that harm only the first one. */
  readonly harmingBoth: readonly (readonly Deployed[])[];
  readonly harmingOne: readonly (readonly Deployed[])[];
}

const zipped = (one: readonly Trial[], other: readonly Trial[]): readonly Deployed[] =>
  one.flatMap((trial, index) => [[trial, other[index] ?? []].flat()]);

/** Of two metrics that have their deployments at the same times. */
export function deploymentsOf([one, other]: readonly [Trials, Trials]): Deployments {
  const [some = []] = one.harmful.values();
  const untouched = some.map(({ start }) => plainTrial(other.series, start));
  const harmful = Array.from(one.harmful);
  return {
    placebos: zipped(one.placebos, other.placebos),
    harmless: zipped(one.harmless, other.harmless),
    harmingBoth: harmful.map(([ratio, trials]) => zipped(trials, other.harmful.get(ratio) ?? [])),
    harmingOne: harmful.map(([, trials]) => zipped(trials, untouched)),
  };
}

interface PooledScore {
  readonly falseStops: number;
  readonly harmOfBoth: number;
  readonly harmOfOne: number;
}

export function pooledScore(
  judge: PooledJudge,
  { placebos, harmless, harmingBoth, harmingOne }: Deployments,
): PooledScore {
  const stop = judge.learn(placebos);
  const harmIn = (deployed: Deployed) => harmRatio(stop(deployed), deployed[0]?.actual ?? []);
  const harmOf = (byRatio: readonly (readonly Deployed[])[]) => mean(byRatio.map((all) => mean(all.map(harmIn))));
  return {
    falseStops: harmless.filter((deployed) => stop(deployed) !== undefined).length / harmless.length,
    harmOfBoth: harmOf(harmingBoth),
    harmOfOne: harmOf(harmingOne),
  };
}

export const POOLED = ['false stops', 'harm, both', 'harm, the first'];

export function pooled(pairs: readonly (readonly [Trials, Trials])[]): readonly TrackRow[] {
  const all = pairs.map(deploymentsOf);
  return POOLED_JUDGES.map((judge) => {
    const scores = all.map((deployments) => pooledScore(judge, deployments));
    const over = (pick: (score: PooledScore) => number) => (100 * mean(scores.map(pick))).toFixed(1);
    return {
      contender: judge.name,
      cells: [over((s) => s.falseStops), over((s) => s.harmOfBoth), over((s) => s.harmOfOne)],
    };
  });
}
