/** Deployments that never were, over history without one: what stops them stops without a cause; with an effect, it is power. */
import { deploymentTitle } from '../core/deployment.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { CalibrationOf } from '../engine/rule.ts';
import { deployedWindows, pastCalibrations, startOfDay } from './calibrating.ts';
import { eventsOf, shifted, withEffect } from './effect.ts';
import { cut } from './history.ts';
import { firstExposedAt } from './past.ts';
import { type PlaceboOptions, placesOf, shapesOf } from './placements.ts';
import type { Random } from './random.ts';
import { median } from './score.ts';
import { simulate } from './simulate.ts';

interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface EffectPower {
  /** Factor on the clients that have the new configuration; 1 is no effect at all. */
  readonly effect: number;
  readonly stopped: number;
  /** Of all placements, with the 95 % interval of Wilson. */
  readonly share: number;
  readonly interval: Interval;
  /** From the first client to the stop, of those that were stopped. */
  readonly medianDelay?: Duration;
}

export interface Power {
  readonly policy: string;
  /** Whose schedule was placed. */
  readonly schedule: string;
  readonly placements: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly effects: readonly EffectPower[];
}

/** A binomial share's 95 % interval. */
export function wilson(hits: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

interface Placed {
  readonly stopped: boolean;
  readonly delay?: Duration;
}

async function place(
  options: PlaceboOptions,
  start: Instant,
  effect: number,
  end: Instant,
  random: Random,
  calibrationOf: CalibrationOf,
): Promise<Placed> {
  const deployment = shifted(options.case.deployment, start);
  const by = start - options.case.deployment.startedAt;
  const lag = random();
  const shapes = shapesOf(options, deployment, end + by);
  const pieces = new Map(
    shapes.map(({ rule, windows, piece }) => [
      rule.name,
      windows.map((window) => {
        const own = cut(piece, { from: window.from, to: window.to });
        return effect === 1 ? own : withEffect(own, deployment, effect, lag, random, eventsOf(rule));
      }),
    ]),
  );
  const { stop } = await simulate({
    calibrationOf,
    deployment,
    policy: options.case.policy,
    piecesOf: ({ name }) => pieces.get(name) ?? [],
    lag: options.lag,
    nextLook: options.nextLook,
    signal: options.signal,
  });
  const exposedAt = firstExposedAt(deployment) ?? start;
  return stop === undefined ? { stopped: false } : { stopped: true, delay: Math.max(0, stop.at - exposedAt) };
}

/** Places the schedule of a completed deployment at random in its history; undefined where there is no room for any. */
export async function powerOf(options: PlaceboOptions): Promise<Power | undefined> {
  const { case: one, signal } = options;
  const { starts: places, end, random } = placesOf(options);
  if (places.length === 0) return undefined;
  const calibrationOf = pastCalibrations({
    piecesOf: ({ name }) => [options.history.get(name) ?? []].flat(),
    avoid: deployedWindows(options.deployments),
    asOf: (deployment) => shifted(deployment, startOfDay(deployment.startedAt)),
  });
  const factors = [1, ...options.effects.filter((effect) => effect !== 1)];
  const effects: EffectPower[] = [];
  let done = 0;
  for (const effect of factors) {
    const placed: Placed[] = [];
    for (const start of places) {
      signal.throwIfAborted();
      placed.push(await place(options, start, effect, end, random, calibrationOf));
      options.onProgress?.(++done, factors.length * places.length);
    }
    const stopped = placed.filter((one) => one.stopped).length;
    const medianDelay = median(placed.flatMap(({ delay }) => delay ?? []));
    effects.push({
      effect,
      stopped,
      share: stopped / places.length,
      interval: wilson(stopped, places.length),
      ...(medianDelay === undefined ? {} : { medianDelay }),
    });
  }
  return {
    policy: one.policy.name,
    schedule: deploymentTitle(one.deployment),
    placements: places.length,
    from: Math.min(...places),
    to: Math.max(...places),
    effects,
  };
}
