/** A deployment that never was: the judge fitted before a moment of history and run over what followed. */
import type { Increments } from './calibrate.ts';
import { type DoseKind, type Memories, withComponents } from './components.ts';
import { HISTORY_TICKS } from './defaults.ts';
import type { MetricTick } from './filter.ts';
import type { Harmed } from './forms.ts';
import { type LearntModel, learntFilter } from './learnt-filter.ts';
import { doseTicks, ratioIncrements } from './likelihood-ratio.ts';
import { at, type Ticks } from './ticks.ts';

export interface PlaceboPlan {
  readonly kind: DoseKind;
  readonly memories: Memories;
  /** Of a further component, after those of the memories. */
  readonly learnt?: LearntModel | undefined;
  readonly betas: readonly number[];
  /** Of the schedule, averaged over each tick. */
  readonly exposure: Ticks;
}

function increments(
  history: readonly MetricTick[],
  during: readonly MetricTick[],
  { kind, memories, learnt, betas, exposure }: PlaceboPlan,
): readonly Increments[] | undefined {
  const ticks = doseTicks(during, exposure);
  const parts = withComponents(kind, history, memories, (components) =>
    components.map(({ filter }) => ratioIncrements(filter, betas, ticks)),
  );
  if (parts === undefined || learnt === undefined) return parts;
  const filter = learntFilter(learnt, history);
  // Where there is nothing to predict from it would not judge, and so not stop.
  const nothing = () => ticks.map(() => betas.map(() => 0));
  return [...parts, filter === undefined ? nothing() : ratioIncrements(filter, betas, ticks)];
}

/** Raw increments of each component for a placebo that starts at a tick; undefined when too little history precedes it. */
function placeboIncrements(
  series: readonly MetricTick[],
  start: number,
  plan: PlaceboPlan,
): readonly Increments[] | undefined {
  const history = series.slice(Math.max(0, start - HISTORY_TICKS), start);
  return increments(history, series.slice(start, start + plan.exposure.length), plan);
}

/**
 * Placebos with harm put into them: what exposed clients add to the metric, or take from it, is `ratio` times what they
 * would have. Counts grow by what is expected, without its noise. Those with too little history are left out.
 */
export function harmedPlacebos(
  series: readonly MetricTick[],
  starts: readonly number[],
  plan: PlaceboPlan,
  ratio: number,
): readonly Harmed[] {
  const { exposure } = plan;
  return starts.flatMap((start) => {
    const changed = series.slice(start, start + exposure.length).map((tick, index) => ({
      ...tick,
      value: tick.value * (1 + (ratio - 1) * at(exposure, index)),
    }));
    const parts = increments(series.slice(Math.max(0, start - HISTORY_TICKS), start), changed, plan);
    return parts === undefined ? [] : [{ parts, exposure }];
  });
}

/** The increments of all placebos, by component; those with too little history are left out. */
export function placebosOf(
  series: readonly MetricTick[],
  starts: readonly number[],
  plan: PlaceboPlan,
): readonly (readonly Increments[])[] {
  const placebos = starts.flatMap((start) => [placeboIncrements(series, start, plan) ?? []]);
  const components = plan.learnt === undefined ? plan.memories : [...plan.memories, plan.learnt];
  return components.map((_, component) =>
    placebos.flatMap((parts) => [parts[component] ?? []].filter((rows) => rows.length > 0)),
  );
}
