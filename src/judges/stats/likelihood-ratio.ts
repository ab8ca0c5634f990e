/** How much better each effect explains a tick than no effect does: the increments all dose evidence is made of. */
import type { DoseFilter, MetricTick } from './filter.ts';
import { at, type Ticks } from './ticks.ts';

/** A tick of a deployment. */
export interface DoseTick extends MetricTick {
  /** Share (0..1) of exposed clients, averaged over the tick. */
  readonly exposure: number;
}

/** One belief for "no effect", then one for each β. */
export type Beliefs<Belief> = readonly Belief[];

export interface RatioStep<Belief> {
  readonly beliefs: Beliefs<Belief>;
  /** One for each β: ln p(β) − ln p(no effect), neither capped nor tempered; 0 when nobody is exposed or the tick is missing. */
  readonly increments: readonly number[];
}

export function firstBeliefs<Belief>(filter: DoseFilter<Belief>, betas: readonly number[]): Beliefs<Belief> {
  return [filter.start, ...betas.map(() => filter.start)];
}

/** One tick on; β multiplies the metric by 1 + β x̄. Source: likelihood-ratio test martingale, arXiv 2210.01948. */
export function ratioStep<Belief>(
  filter: DoseFilter<Belief>,
  betas: readonly number[],
  beliefs: Beliefs<Belief>,
  tick: DoseTick,
): RatioStep<Belief> {
  const [none = filter.start, ...effects] = beliefs;
  const base = filter.step(none, tick, 1);
  const { logDensity } = base;
  const next = [base.belief];
  const increments: number[] = [];
  for (const [index, belief] of effects.entries()) {
    const filtered = filter.step(belief, tick, 1 + at(betas, index) * tick.exposure);
    next.push(filtered.belief);
    const told = tick.exposure > 0 && logDensity !== undefined && filtered.logDensity !== undefined;
    increments.push(told ? filtered.logDensity - logDensity : 0);
  }
  return { beliefs: next, increments };
}

/** Increments of a whole deployment: one row for each tick, in it one number for each β. */
export function ratioIncrements<Belief>(
  filter: DoseFilter<Belief>,
  betas: readonly number[],
  ticks: readonly DoseTick[],
): readonly (readonly number[])[] {
  let beliefs = firstBeliefs(filter, betas);
  return ticks.map((tick) => {
    const step = ratioStep(filter, betas, beliefs, tick);
    beliefs = step.beliefs;
    return step.increments;
  });
}

/** The ticks of a deployment from its metric and its exposure. */
export function doseTicks(metric: readonly MetricTick[], exposure: Ticks): readonly DoseTick[] {
  return metric.map((tick, index) => ({ ...tick, exposure: at(exposure, index) }));
}
