/** Chooses memory and overdispersion of dose-C by how well they would have predicted the history, tick by tick. */
import { type CountModel, countStep, isCounted, type RateBelief, type ScaledTick, scaledTick } from './count-filter.ts';
import { ADAPTIVE_MEMORY, PHIS } from './defaults.ts';
import type { MetricTick } from './filter.ts';
import { sum } from './ticks.ts';

/** The filter at the end of the history. */
export interface CountFit extends CountModel, RateBelief {
  readonly logLikelihood: number;
}

/** Ticks of history that are learnt from and not yet judged by. */
const COUNT_BURN_IN = 10;
/** Ticks of history the first rate is taken from. */
const HEAD_TICKS = 60;

/** Events per request over the first hour; never 0. */
function firstRate(history: readonly MetricTick[]): number {
  const head = history.slice(0, Math.max(COUNT_BURN_IN, Math.min(HEAD_TICKS, history.length))).filter(isCounted);
  const events = sum(head.map(({ value }) => value));
  return Math.max(events, 0.5) / Math.max(sum(head.map(({ requests }) => requests)), 1e-9);
}

type ScaledHistory = readonly (ScaledTick | undefined)[];

function fitCell(history: ScaledHistory, model: CountModel, rate: number): CountFit {
  const jacobian = Math.log(model.phi);
  let belief: RateBelief = { shape: 1, weight: 1 / rate };
  let logLikelihood = 0;
  for (const [tick, observed] of history.entries()) {
    const filtered = countStep(model.omega, belief, observed, 1);
    if (tick >= COUNT_BURN_IN && filtered.logDensity !== undefined) logLikelihood += filtered.logDensity - jacobian;
    belief = filtered.belief;
  }
  return { ...belief, ...model, logLikelihood };
}

/**
 * The fit of every cell of the grid, ω the slow index and φ the fast one. None when there is no data: fewer than 11 ticks
 * or nothing counted.
 */
export function fitCountCells(
  history: readonly MetricTick[],
  omegas: readonly number[] = ADAPTIVE_MEMORY,
  phis: readonly number[] = PHIS,
): readonly CountFit[] {
  if (history.length <= COUNT_BURN_IN || !history.some(isCounted)) return [];
  const rate = firstRate(history);
  const scaled = phis.map((phi) => ({ phi, ticks: history.map((tick) => scaledTick(tick, phi)) }));
  return omegas.flatMap((omega) => scaled.map(({ phi, ticks }) => fitCell(ticks, { omega, phi }, rate)));
}
