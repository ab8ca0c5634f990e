/** A deployment that never was: the judge fitted before a moment of history and run over what followed. */
import type { Increments } from './calibrate.ts';
import { type DoseKind, type Memories, withComponents } from './components.ts';
import { HISTORY_TICKS } from './defaults.ts';
import type { MetricTick } from './filter.ts';
import { doseTicks, ratioIncrements } from './likelihood-ratio.ts';
import type { Ticks } from './ticks.ts';

export interface PlaceboPlan {
  readonly kind: DoseKind;
  readonly memories: Memories;
  readonly betas: readonly number[];
  /** Of the schedule, averaged over each tick. */
  readonly exposure: Ticks;
}

/** Raw increments of each component for a placebo that starts at a tick; undefined when too little history precedes it. */
function placeboIncrements(
  series: readonly MetricTick[],
  start: number,
  { kind, memories, betas, exposure }: PlaceboPlan,
): readonly Increments[] | undefined {
  const history = series.slice(Math.max(0, start - HISTORY_TICKS), start);
  const ticks = doseTicks(series.slice(start, start + exposure.length), exposure);
  return withComponents(kind, history, memories, (components) =>
    components.map(({ filter }) => ratioIncrements(filter, betas, ticks)),
  );
}

/** The increments of all placebos, by component; those with too little history are left out. */
export function placebosOf(
  series: readonly MetricTick[],
  starts: readonly number[],
  plan: PlaceboPlan,
): readonly (readonly Increments[])[] {
  const placebos = starts.flatMap((start) => [placeboIncrements(series, start, plan) ?? []]);
  return plan.memories.map((_, component) =>
    placebos.flatMap((parts) => [parts[component] ?? []].filter((rows) => rows.length > 0)),
  );
}
