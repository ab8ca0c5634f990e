/** Deployments that never were: one that was, at another time, and the numbers as its effect would have made them. */
import type { Deployment } from '../core/deployment.ts';
import type { Point } from '../core/series.ts';
import type { Instant } from '../core/time.ts';
import type { MetricRule } from '../policy/schema.ts';
import type { Piece } from './history.ts';
import { exposureMinutes } from './past.ts';
import { poisson, type Random } from './random.ts';

/** The same deployment at another time. */
export function shifted(deployment: Deployment, to: Instant): Deployment {
  const by = to - deployment.startedAt;
  const { completedAt } = deployment;
  return {
    ...deployment,
    startedAt: to,
    events: deployment.events.map((event) => ({ ...event, at: event.at + by })),
    ...(completedAt === undefined ? {} : { completedAt: completedAt + by }),
  };
}

/**
 * A piece as it would have been with an effect on the exposed clients. Clients come one poll later on average, by a lag
 * that is drawn: exposure counts as (1-lag) of this period's and lag of the one before. What is counted (a plain sum)
 * gets Poisson counts on top, anything else is multiplied. So does the metric that a judge counts events by (`events`).
 */
export function withEffect(
  piece: Piece,
  deployment: Deployment,
  effect: number,
  lag: number,
  random: Random,
  events?: string,
): Piece {
  const { period, growing, inputs } = piece;
  const meanExposure = (at: Instant) => (exposureMinutes(deployment, at, at + period) * 60_000) / period;
  const changed =
    (counted: boolean) =>
    (point: Point): Point => {
      const exposed = (1 - lag) * meanExposure(point.at) + lag * meanExposure(point.at - period);
      if (exposed === 0) return point;
      const extra = point.value * (effect - 1) * exposed;
      const value = point.value + (counted && extra >= 0 ? poisson(extra, random) : extra);
      return { ...point, value };
    };
  const counted = events === undefined ? undefined : inputs[events];
  return {
    ...piece,
    points: piece.points.map(changed(growing)),
    inputs:
      counted === undefined || events === undefined ? inputs : { ...inputs, [events]: counted.map(changed(true)) },
  };
}

/** The metric of the expression that a judge counts events by. */
export function eventsOf({ judge }: MetricRule): string | undefined {
  return 'events' in judge ? judge.events : undefined;
}
