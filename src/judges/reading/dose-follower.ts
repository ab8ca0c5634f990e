/** Follows a deployment tick by tick with the dose judge, and knows again how far it had come. */
import type { Calibration } from '../../core/calibration.ts';
import { type Deployment, exposureSteps, refKey } from '../../core/deployment.ts';
import type { Duration } from '../../core/time.ts';
import type { Memories } from '../stats/components.ts';
import { DROP_BETAS, HISTORY_TICKS, LOG_CAP, STEP_LOG_CAP } from '../stats/defaults.ts';
import { betasOf, type Dose, FALLBACK_MEMORIES, MIX_MEMORIES, startDose } from '../stats/dose-mix.ts';
import type { MetricTick } from '../stats/filter.ts';
import type { DoseTick } from '../stats/likelihood-ratio.ts';
import { observedExposure } from '../stats/observed-exposure.ts';
import type { DoseSetup } from './dose-options.ts';
import { type Grid, tickZero } from './grid.ts';

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

/** A tick as it is judged, and the cap on what it may say. */
interface CappedTick extends DoseTick {
  readonly cap: number;
}

export interface Following {
  readonly dose: Dose;
  readonly ticks: readonly DoseTick[];
  /** Share of exposed clients in the newest tick. */
  readonly exposure: number;
}

interface Kept {
  readonly etas: string;
  readonly history: readonly MetricTick[];
  readonly ticks: readonly CappedTick[];
  readonly start: Dose;
  readonly dose: Dose;
}

const MOST_KEPT = 500;

const same = (a: MetricTick, b: MetricTick | undefined) =>
  b !== undefined && Object.is(a.value, b.value) && Object.is(a.requests, b.requests);
const sameCapped = (a: CappedTick, b: CappedTick | undefined) =>
  same(a, b) && a.exposure === b?.exposure && a.cap === b.cap;

/** Ticks of the deployment with exposure, and low caps just after its steps. */
function cappedTicks(
  deployment: Deployment,
  during: readonly MetricTick[],
  period: Duration,
  { poll, settleAfterStep }: DoseSetup,
): readonly CappedTick[] {
  const steps = exposureSteps(deployment);
  const from = tickZero(deployment.startedAt, period);
  const exposure = observedExposure(steps, { from, period, ticks: during.length }, poll);
  const rises = steps.filter((step, index) => step.share > (steps[index - 1]?.share ?? 0));
  return during.map((tick, index) => {
    const begin = from + index * period;
    const isStep =
      settleAfterStep > 0 && rises.some((step) => step.at < begin + period && begin < step.at + settleAfterStep);
    return { ...tick, exposure: exposure[index] ?? 0, cap: isStep ? STEP_LOG_CAP : LOG_CAP };
  });
}

/**
 * What is kept of a deployment only spares the work again: the same series always gives the same reading, and one more
 * tick costs one step.
 */
export function doseFollower(setup: DoseSetup) {
  const kept = new Map<string, Kept>();
  const begin = (history: readonly MetricTick[], period: Duration, calibration: Calibration | undefined) => {
    const calibrated = calibration?.kind === 'calibrated';
    const memories = memoriesFor(calibrated ? MIX_MEMORIES : FALLBACK_MEMORIES, period);
    const etas = calibrated ? calibration.etas : [1];
    return startDose(history, { kind: setup.metric, memories, etas, betas: betasFor(setup) });
  };
  return (
    deployment: Deployment,
    { history, period }: Grid,
    metric: readonly MetricTick[],
    calibration: Calibration | undefined,
  ): Following | undefined => {
    const past = metric.slice(Math.max(0, history - HISTORY_TICKS), history);
    const ticks = cappedTicks(deployment, metric.slice(history), period, setup);
    const key = refKey(deployment.ref);
    const etas = calibration?.kind === 'calibrated' ? calibration.etas.join() : '';
    const before = kept.get(key);
    const known =
      before?.etas === etas &&
      before.history.length === past.length &&
      past.every((tick, index) => same(tick, before.history[index]))
        ? before
        : undefined;
    const start = known?.start ?? begin(past, period, calibration);
    if (start === undefined) return undefined;
    const goesOn =
      known !== undefined &&
      known.ticks.length <= ticks.length &&
      known.ticks.every((tick, index) => sameCapped(tick, ticks[index]));
    let dose = goesOn ? known.dose : start;
    for (const tick of ticks.slice(goesOn ? known.ticks.length : 0)) dose = dose.next(tick, tick.cap);
    kept.delete(key);
    kept.set(key, { etas, history: past, ticks, start, dose });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return { dose, ticks, exposure: ticks.at(-1)?.exposure ?? 0 };
  };
}
