/** Chooses the memory of dose-G by how well it would have predicted the history, tick by tick. */
import { ADAPTIVE_MEMORY } from './defaults.ts';
import type { MetricTick } from './filter.ts';
import { GAUGE_SCALE_MEMORY, type GaugeModel, gaugeLog, gaugeStep, type LevelBelief } from './gauge-filter.ts';
import { finiteOf, median, standardDeviation } from './ticks.ts';

/** The filter at the end of the history. */
export interface GaugeFit extends GaugeModel, LevelBelief {
  readonly logLikelihood: number;
}

/** Ticks of history the start is taken from. */
const GAUGE_BURN_IN = 20;
const OFFSET_SHARE = 0.02;
const SMALLEST_OFFSET = 1e-9;
/** Smallest log-scale sd while fitting. */
const SCALE_FLOOR = 1e-3;
const FIRST_SPREAD = 0.1;
/** Makes a median absolute deviation the sd of a normal distribution. */
const MAD_TO_SD = 1.4826;

function startOf(head: readonly number[]): LevelBelief {
  const level = median(head);
  const mad = MAD_TO_SD * median(head.map((y) => Math.abs(y - level)));
  const sd = Math.max(mad, 0.3 * standardDeviation(head), SCALE_FLOOR);
  return { level, spread: FIRST_SPREAD, scale2: sd * sd };
}

function fitCell(logs: readonly number[], model: GaugeModel, start: LevelBelief): GaugeFit {
  let belief = start;
  let logLikelihood = 0;
  for (let tick = GAUGE_BURN_IN; tick < logs.length; tick += 1) {
    const seen = { y: logs[tick] ?? Number.NaN, shift: 0 };
    const filtered = gaugeStep(model.delta, belief, seen, Math.min(tick + 1, GAUGE_SCALE_MEMORY));
    belief = filtered.belief;
    if (filtered.logDensity === undefined) continue;
    logLikelihood += filtered.logDensity;
    if (belief.scale2 < SCALE_FLOOR ** 2) belief = { ...belief, scale2: SCALE_FLOOR ** 2 };
  }
  return { ...belief, ...model, logLikelihood };
}

/** The fit of every δ. None when there is too little: fewer than 21 ticks, or none of the first 20 has a value. */
export function fitGaugeCells(
  history: readonly MetricTick[],
  deltas: readonly number[] = ADAPTIVE_MEMORY,
): readonly GaugeFit[] {
  const values = history.map(({ value }) => value);
  if (values.length <= GAUGE_BURN_IN || finiteOf(values.slice(0, GAUGE_BURN_IN)).length === 0) return [];
  const offset = Math.max(OFFSET_SHARE * median(finiteOf(values)), SMALLEST_OFFSET);
  const logs = values.map((value) => gaugeLog(value, offset));
  const start = startOf(finiteOf(logs.slice(0, GAUGE_BURN_IN)));
  return deltas.map((delta) => fitCell(logs, { delta, offset }, start));
}
