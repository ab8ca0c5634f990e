/** The components of a dose judge: each with its own memory, all fitted to one history in one go. */
import { countFilter, type RateBelief } from './count-filter.ts';
import { type CountFit, fitCountCells } from './count-fit.ts';
import type { DoseFilter, MetricTick } from './filter.ts';
import { gaugeFilter, type LevelBelief } from './gauge-filter.ts';
import { fitGaugeCells, type GaugeFit } from './gauge-fit.ts';

/** `counts`: events per tick, with requests or without. `gauge`: latency, load, a rate; not below 0. */
export type DoseKind = 'counts' | 'gauge';

/** For each component the discounts it may choose from. */
export type Memories = readonly (readonly number[])[];

/** One fitted component. */
export interface Component<Belief, Fit> {
  readonly fit: Fit;
  readonly filter: DoseFilter<Belief>;
}

/** The first best. */
function best<Fit extends { readonly logLikelihood: number }>(cells: readonly Fit[]): Fit | undefined {
  return cells.reduce<Fit | undefined>(
    (top, cell) => (top === undefined || cell.logLikelihood > top.logLikelihood ? cell : top),
    undefined,
  );
}

/** The best cell for each memory; undefined when one of them has none. */
function chosen<Fit extends { readonly logLikelihood: number }>(
  cells: readonly Fit[],
  memories: Memories,
  discountOf: (fit: Fit) => number,
): readonly Fit[] | undefined {
  const fits = memories.flatMap((memory) => best(cells.filter((cell) => memory.includes(discountOf(cell)))) ?? []);
  return fits.length === memories.length ? fits : undefined;
}

/** Every discount once, as components share their cells. */
const union = (memories: Memories): readonly number[] => [...new Set(memories.flat())].sort((a, b) => a - b);

export function fitCounts(
  history: readonly MetricTick[],
  memories: Memories,
): readonly Component<RateBelief, CountFit>[] | undefined {
  const fits = chosen(fitCountCells(history, union(memories)), memories, ({ omega }) => omega);
  return fits?.map((fit) => ({ fit, filter: countFilter(fit) }));
}

export function fitGauge(
  history: readonly MetricTick[],
  memories: Memories,
): readonly Component<LevelBelief, GaugeFit>[] | undefined {
  const fits = chosen(fitGaugeCells(history, union(memories)), memories, ({ delta }) => delta);
  return fits?.map((fit) => ({ fit, filter: gaugeFilter(fit) }));
}

/**
 * Fits the components to a history (its caller cuts it to length) and hands them on; undefined when there is too little
 * history for one of them.
 */
export function withComponents<Result>(
  kind: DoseKind,
  history: readonly MetricTick[],
  memories: Memories,
  use: <Belief>(components: readonly Component<Belief, CountFit | GaugeFit>[]) => Result,
): Result | undefined {
  if (kind === 'counts') {
    const components = fitCounts(history, memories);
    return components && use(components);
  }
  const components = fitGauge(history, memories);
  return components && use(components);
}
