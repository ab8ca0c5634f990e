/** Error counts of a made-up service under a deployment, drawn from a seed, as a judge is shown them. */
import { randomLcg, randomPoisson } from 'd3-random';
import type { Deployment } from '../../../src/core/deployment.ts';
import type { Evidence } from '../../../src/core/seams.ts';
import type { Point, Series } from '../../../src/core/series.ts';
import { deploymentAt } from '../../support/deployment.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 10, 22, 12);

/** Ten per cent every two minutes, then ten minutes of bake, as its event log tells by a minute. */
export function linearAt(minutes: number, change: Partial<Deployment> = {}): Deployment {
  const steps = Array.from({ length: 10 }, (_, step) => step + 1).filter((step) => step * 2 <= minutes);
  return deploymentAt(START, {
    growthFactor: 10,
    durationMinutes: 20,
    events: steps.map((step) => ({
      type: 'PERCENTAGE_UPDATED',
      triggeredBy: 'APPCONFIG',
      description: `Configuration available to ${step * 10}.00% of clients`,
      at: START + step * 2 * MINUTE,
      actions: [],
    })),
    ...change,
  });
}

const exposedAt = (minute: number): number => Math.min(1, Math.max(0, Math.floor(minute / 2) / 10));

export interface Story {
  readonly seed: number;
  /** Errors of an exposed client to those of another one. */
  readonly ratio: number;
  readonly requests?: number;
  readonly rate?: number;
  /** Minutes of history. */
  readonly before?: number;
  /** Factor on everybody's errors in a minute since the start. */
  readonly everybody?: (minute: number) => number;
  /** Minutes that have no datapoint. */
  readonly missing?: (minute: number) => boolean;
  /** Minute after which nobody is exposed any more. */
  readonly until?: number;
}

/** Errors and requests from `before` minutes before the deployment to so many minutes after its start. */
export function seriesOf(story: Story, minutes: number): Series {
  const {
    seed,
    ratio,
    requests = 2_000,
    rate = 0.005,
    before = 200,
    everybody = () => 1,
    missing = () => false,
  } = story;
  const poisson = randomPoisson.source(randomLcg(seed / 1_000));
  const events: Point[] = [];
  const asked: Point[] = [];
  for (let minute = -before; minute < minutes; minute++) {
    const share = minute >= (story.until ?? Number.POSITIVE_INFINITY) ? 0 : exposedAt(minute);
    const value = poisson(requests * rate * (1 + (ratio - 1) * share) * everybody(minute))();
    const at = START + minute * MINUTE;
    if (missing(minute)) continue;
    events.push({ at, value, settled: true });
    asked.push({ at, value: requests, settled: true });
  }
  return {
    query: '100 * errors / requests',
    from: START - before * MINUTE,
    period: MINUTE,
    points: events.map(({ at, value, settled }) => ({ at, value: (100 * value) / requests, settled })),
    growing: false,
    settledUntil: START + minutes * MINUTE,
    inputs: { errors: events, requests: asked },
  };
}

export const CALIBRATED = {
  kind: 'calibrated',
  etas: [1, 1],
  placebos: 600,
  falseStops: 4,
  met: true,
  at: START - 60 * MINUTE,
} as const;

export function evidenceOf(series: Series, minutes: number, change: Partial<Evidence> = {}): Evidence {
  return {
    deployment: linearAt(minutes),
    now: START + minutes * MINUTE,
    series: [series],
    noData: 'inconclusive',
    preExisting: 'ignore',
    settle: 0,
    calibration: CALIBRATED,
    ...change,
  };
}
