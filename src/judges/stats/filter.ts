/** What a dose judge asks of a filter: to follow a metric under the hypothesis that the deployment multiplies it. */
import { at, type Ticks } from './ticks.ts';

/** One tick of a metric; NaN is missing. */
export interface MetricTick {
  readonly value: number;
  /** Requests (trials) of the tick, for counts of which it is known; 1 otherwise. */
  readonly requests: number;
}

export interface Filtered<Belief> {
  readonly belief: Belief;
  /** Of the tick, predicted from those before it; undefined when the tick is missing. */
  readonly logDensity: number | undefined;
}

/** Follows the undisturbed metric; each hypothesis has a belief of its own. Beliefs are plain data. */
export interface DoseFilter<Belief> {
  /** At the end of the history. */
  readonly start: Belief;
  /** One tick on, when the metric is thought to be `factor` times what it would be without the deployment. */
  step(belief: Belief, tick: MetricTick, factor: number): Filtered<Belief>;
}

/** The ticks of a metric; without `requests` each has one. */
export function metricTicks(values: Ticks, requests?: Ticks): readonly MetricTick[] {
  return Array.from(values, (value, tick) => ({ value, requests: requests === undefined ? 1 : at(requests, tick) }));
}
