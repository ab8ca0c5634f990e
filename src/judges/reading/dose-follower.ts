/** Follows a deployment tick by tick with the dose judge, and knows again how far it had come. */
import { type Calibration, ofLaterVersion, risingForm } from '../../core/calibration.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { Memories } from '../stats/components.ts';
import { ADAPTIVE_MEMORY, DROP_BETAS, HISTORY_TICKS } from '../stats/defaults.ts';
import { betasOf, type Dose, FALLBACK_MEMORIES, MIX_MEMORIES, startDose } from '../stats/dose-mix.ts';
import type { MetricTick } from '../stats/filter.ts';
import type { LearntModel } from '../stats/learnt-filter.ts';
import type { DoseTick } from '../stats/likelihood-ratio.ts';
import { ADAPTIVE, LEARNT } from '../stats/rising-forms.ts';
import { at } from '../stats/ticks.ts';
import type { DoseSetup } from './dose-options.ts';
import { differsFrom, type ExposureSoFar, exposureAtTick, exposureSoFar } from './exposure-so-far.ts';
import type { Grid } from './grid.ts';
import { isTold } from './metric.ts';
import type { MetricSoFar } from './metric-so-far.ts';

/** Ticks with a value that a fit needs of its 180. */
export const FEWEST_HISTORY = 120;

const MINUTE: Duration = 60_000;

/** Discounts are of ticks of a minute; shorter ticks forget as much in the same time. */
export function memoriesFor(memories: Memories, period: Duration): Memories {
  const power = Math.min(1, period / MINUTE);
  return power === 1 ? memories : memories.map((memory) => memory.map((discount) => discount ** power));
}

export const betasFor = ({ metric, harm }: DoseSetup): readonly number[] =>
  harm === 'down' ? DROP_BETAS : betasOf(metric);

/** A deployment as far as it was followed. */
export interface DoseSoFar {
  /** Equal where the evidence is made up in the same way. */
  readonly weighing: string;
  readonly metric: MetricSoFar;
  readonly exposures: ExposureSoFar;
  /** Before the first tick. */
  readonly start: Dose;
  readonly dose: Dose;
  /** Share of exposed clients in the newest tick. */
  readonly exposure: number;
  /** Events since the first exposed client. */
  readonly events: number;
}

/** Start of the deployment's first tick. */
export const zeroOf = ({ from, history, period }: Grid): Instant => from + history * period;

/** How the evidence is made up. */
interface Weighing {
  readonly memories: Memories;
  readonly etas: readonly number[];
  readonly learnt?: LearntModel | undefined;
}

const UNCALIBRATED: Weighing = { memories: FALLBACK_MEMORIES, etas: [1] };

function weighingOf(calibration: Calibration | undefined): Weighing {
  if (calibration?.kind !== 'calibrated' || ofLaterVersion(calibration) !== undefined) return UNCALIBRATED;
  const { etas } = calibration;
  const form = risingForm(calibration);
  if (form === undefined) return { memories: MIX_MEMORIES, etas };
  const { learnt } = form;
  return { memories: [ADAPTIVE_MEMORY], etas: [at(etas, learnt === undefined ? ADAPTIVE : LEARNT)], learnt };
}

/** Calibrations as text, which takes longer than a tick may; they do not change. */
const texts = new WeakMap<Calibration, string>();

function textOf(calibration: Calibration | undefined): string {
  if (calibration === undefined) return '';
  const text = texts.get(calibration) ?? JSON.stringify(weighingOf(calibration));
  texts.set(calibration, text);
  return text;
}

function begin(setup: DoseSetup, { history, grid }: MetricSoFar, calibration: Calibration | undefined) {
  const { memories, etas, learnt } = weighingOf(calibration);
  return startDose(history.slice(-HISTORY_TICKS), {
    ...{ kind: setup.metric, memories: memoriesFor(memories, grid.period), etas, learnt, betas: betasFor(setup) },
  });
}

/** Whether all it was made of still is as it was. */
function goesOn({ metric, exposures }: DoseSoFar, now: MetricSoFar, exposed: ExposureSoFar): boolean {
  const { during, period } = metric.grid;
  return (
    metric.ticks === now.ticks &&
    during <= now.grid.during &&
    differsFrom(exposures, exposed) >= zeroOf(now.grid) + during * period
  );
}

/**
 * The dose judge after the ticks so far; undefined when there is too little history. What is known from before only spares
 * the work again: one more tick costs one step, and the same ticks always give the same.
 */
export function followDose(
  setup: DoseSetup,
  before: DoseSoFar | undefined,
  deployment: Deployment,
  metric: MetricSoFar,
  calibration: Calibration | undefined,
): DoseSoFar | undefined {
  const exposures = exposureSoFar(deployment);
  const weighing = textOf(calibration);
  const known = before?.weighing === weighing && before.metric.history === metric.history ? before : undefined;
  const start = known?.start ?? begin(setup, metric, calibration);
  if (start === undefined) return undefined;
  const { grid, ticks } = metric;
  const zero = zeroOf(grid);
  const onwards = known !== undefined && goesOn(known, metric, exposures) ? known : undefined;
  let { dose, exposure, events } = onwards ?? { dose: start, exposure: 0, events: 0 };
  for (let index = onwards?.metric.grid.during ?? 0; index < grid.during; index++) {
    const tick = ticks[index] ?? { value: Number.NaN, requests: Number.NaN };
    const seen = exposureAtTick(exposures, zero + index * grid.period, grid.period, setup);
    dose = dose.next({ ...tick, exposure: seen.exposure }, seen.cap);
    exposure = seen.exposure;
    if (exposure > 0 && isTold(tick)) events += tick.value;
  }
  return { weighing, metric, exposures, start, dose, exposure, events };
}

/** Ticks of the deployment with their exposure, from one on. */
export function doseTicksOf({ metric, exposures }: DoseSoFar, setup: DoseSetup, first = 0): readonly DoseTick[] {
  const { grid, ticks } = metric;
  const zero = zeroOf(grid);
  return ticks.slice(first, grid.during).map((tick: MetricTick, index) => {
    const begin = zero + (first + index) * grid.period;
    return { ...tick, exposure: exposureAtTick(exposures, begin, grid.period, setup).exposure };
  });
}
