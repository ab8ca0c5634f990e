/** Replays a deployment's schedule over the past of its metric, and tempers the dose judge by what it would have stopped. */
import type { Calibration, RisingForm } from '../../core/calibration.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { PlaceboHistory } from '../../core/seams.ts';
import type { Duration, Window } from '../../core/time.ts';
import { HISTORY_TICKS } from '../stats/defaults.ts';
import { MIX_MEMORIES } from '../stats/dose-mix.ts';
import { logStop } from '../stats/evidence.ts';
import { exponentialExposure, linearExposure, tickAverageExposure } from '../stats/exposure.ts';
import type { MetricTick } from '../stats/filter.ts';
import type { Form } from '../stats/form.ts';
import { bestForm, formStop, formsOf, mixForm } from '../stats/forms.ts';
import type { LearntModel } from '../stats/learnt-filter.ts';
import { fitLearnt } from '../stats/learnt-fit.ts';
import { harmedPlacebos, type PlaceboPlan, placebosOf } from '../stats/placebo.ts';
import { eligibleStarts, spreadStarts } from '../stats/placebo-starts.ts';
import { LEARNT } from '../stats/rising-forms.ts';
import { at } from '../stats/ticks.ts';
import { betasFor, FEWEST_HISTORY, memoriesFor } from './dose-follower.ts';
import type { DoseSetup } from './dose-options.ts';
import { type Grid, gridOf, tickZero } from './grid.ts';
import { readMetric, unknownInputs } from './metric.ts';

/** Placebos below which nothing is known about one stop in a hundred. */
const FEWEST_PLACEBOS = 199;
/** Ticks of one placebo at most: what comes later of a long deployment is judged by what these told. */
const MOST_TICKS = 180;
/** Ticks before a placebo in which nothing may have been deployed. */
const CLEAN_BEFORE = 60;

export function calibrationWindow(history: Duration) {
  return ({ startedAt }: Deployment, _now: number, period: Duration): Window => {
    const to = tickZero(startedAt, period);
    return { from: to - Math.max(history, (HISTORY_TICKS + FEWEST_PLACEBOS) * period), to };
  };
}

/** Mean exposure of each tick as the strategy plans it. */
function plannedExposure(
  { growthType, growthFactor, durationMinutes, bakeMinutes }: Deployment,
  period: Duration,
): readonly number[] {
  const inTicks = (minutes: number) => Math.ceil((minutes * 60_000) / period);
  const duration = Math.min(inTicks(durationMinutes), MOST_TICKS);
  const bake = Math.min(Math.max(inTicks(bakeMinutes), 1), MOST_TICKS - duration);
  const factor = growthFactor > 0 ? Math.min(growthFactor, 100) : 100;
  const plan = growthType === 'EXPONENTIAL' ? exponentialExposure : linearExposure;
  return tickAverageExposure(plan(duration, factor, bake));
}

/** 1 for each tick in which something was deployed. */
function labelsOf(avoid: readonly Window[], { from, period, history }: Grid): readonly number[] {
  const labels = new Array<number>(history).fill(0);
  for (const stretch of avoid) {
    const first = Math.max(0, Math.floor((stretch.from - from) / period));
    const end = Math.min(history, Math.ceil((stretch.to - from) / period));
    for (let tick = first; tick < end; tick++) labels[tick] = 1;
  }
  return labels;
}

/** Starts whose history has enough values for a fit. */
function toldEnough(starts: readonly number[], told: readonly boolean[]): readonly number[] {
  const known = [0];
  for (const one of told) known.push((known.at(-1) ?? 0) + (one ? 1 : 0));
  return starts.filter((start) => at(known, start) - at(known, start - HISTORY_TICKS) >= FEWEST_HISTORY);
}

/** One placebo in so many is given each effect. */
const EVERY = 4;

/** Rate ratios on exposed clients that a form is chosen by: those the judges are compared by (docs/benchmarks.md). */
function effectsOf({ metric, harm }: DoseSetup): readonly number[] {
  if (harm === 'down') return [0.8, 0.5, 0.1];
  return metric === 'counts' ? [2, 5, 20] : [1.5, 2, 5];
}

export interface PlaceboPlaces {
  readonly grid: Grid;
  readonly metric: readonly MetricTick[];
  /** 1 for each tick in which something was deployed. */
  readonly labels: readonly number[];
  readonly starts: readonly number[];
  readonly exposure: readonly number[];
}

/** Where placebos can stand; why they cannot, otherwise. */
export function placeboPlaces(
  { deployment, series, avoid }: PlaceboHistory,
  setup: Pick<DoseSetup, 'metric' | 'events' | 'requests' | 'sparse'>,
  first = HISTORY_TICKS,
): PlaceboPlaces | string {
  const grid = gridOf(series, deployment.startedAt);
  const missing = unknownInputs(series, setup);
  if (missing.length > 0) return `there is no metric named ${missing.join(', ')}`;
  if (grid === undefined) return 'there is no history';
  const { ticks, told } = readMetric(series, setup, grid);
  const exposure = plannedExposure(deployment, grid.period);
  const labels = labelsOf(avoid, grid);
  const span = { first, last: grid.history, ticks: exposure.length, cleanBefore: CLEAN_BEFORE };
  const starts = spreadStarts(toldEnough(eligibleStarts(labels, span), told));
  if (starts.length < FEWEST_PLACEBOS) {
    return `its history has room for ${starts.length} placebo deployments, and ${FEWEST_PLACEBOS} are needed`;
  }
  return { grid, metric: ticks, labels, starts, exposure };
}

/** What has to be kept of a form whose bound rises; nothing of others. */
function risingOf({ rise, alone }: Form, learnt: LearntModel | undefined): { readonly form?: RisingForm } {
  if (rise === undefined) return {};
  return { form: { kind: 'rising', rise, ...(alone === LEARNT && learnt !== undefined ? { learnt } : {}) } };
}

/** `alsoStopped`: placebos that another part of the judge stops, by their number; `alpha` is for each part. */
export function calibrateDose(
  setup: DoseSetup,
  { grid, metric, labels, starts, exposure }: PlaceboPlaces,
  { alpha, stop = alpha, alsoStopped = new Set() }: { alpha: number; stop?: number; alsoStopped?: ReadonlySet<number> },
  now: number,
): Calibration {
  const isChosen = setup.form === 'by-power';
  const learnt = isChosen ? fitLearnt(metric, labels) : undefined;
  const plan: PlaceboPlan = {
    kind: setup.metric,
    memories: memoriesFor(MIX_MEMORIES, grid.period),
    betas: betasFor(setup),
    learnt,
    exposure,
  };
  const components = placebosOf(metric, starts, plan);
  const [first = []] = components;
  if (first.length < FEWEST_PLACEBOS) {
    return { kind: 'uncalibrated', because: `only ${first.length} placebo deployments could be replayed` };
  }
  const options = { alpha, stop: logStop(stop) };
  const chosen = (): Form | undefined => {
    const some = starts.filter((_, index) => index % EVERY === 0);
    const harmed = effectsOf(setup).flatMap((ratio) => harmedPlacebos(metric, some, plan, ratio));
    return bestForm(formsOf(components, options), harmed);
  };
  const form = (isChosen ? chosen() : undefined) ?? mixForm(components, options);
  const { name, etas, logNeeded, met } = form;
  const falseStops = first.filter((_, placebo) => {
    const parts = components.map((rows) => rows[placebo] ?? []);
    return alsoStopped.has(placebo) || formStop(form, parts) !== undefined;
  }).length;
  return {
    kind: 'calibrated',
    etas,
    ...(name === 'mix' ? {} : { logNeeded }),
    ...risingOf(form, learnt),
    placebos: first.length,
    falseStops,
    met,
    at: now,
  };
}
