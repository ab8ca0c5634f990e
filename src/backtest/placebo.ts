/** Deployments that never were, over history without one: what stops them stops without a cause; with an effect, it is power. */
import { type Deployment, deploymentTitle, exposureAt } from '../core/deployment.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import type { CalibrationOf } from '../engine/rule.ts';
import { alignDown } from '../lib/periods.ts';
import type { MetricRule } from '../policy/schema.ts';
import { calibrationWindow, deployedWindows, pastCalibrations, startOfDay } from './calibrating.ts';
import { eventsOf, shifted, withEffect } from './effect.ts';
import type { Case } from './gather.ts';
import { cut, type Piece } from './history.ts';
import { endingOf, firstExposedAt } from './past.ts';
import { type Random, seeded } from './random.ts';
import { median } from './score.ts';
import { lastLook, simulate, windowsOf } from './simulate.ts';

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

/** Calibrated is as of the beginning of a day: a day of history is there then at least. */
const WARM_UP: Duration = 2 * 86_400_000;

/** What is left out before and after what really was deployed. */
const CLEAR: Duration = 3_600_000;

export interface PlaceboOptions {
  readonly case: Case;
  /** The longest history of each rule. */
  readonly history: ReadonlyMap<string, Piece>;
  /** All that was really deployed there. */
  readonly deployments: readonly Deployment[];
  readonly placements: number;
  /** Nothing is placed before it. */
  readonly notBefore?: Instant;
  /** Factors to try; 1 is always tried. */
  readonly effects: readonly number[];
  readonly seed: number;
  readonly lag: Duration;
  nextLook(after: Instant): Instant | undefined;
  onProgress?(done: number, of: number): void;
  readonly signal: AbortSignal;
}

type Shapes = readonly { readonly rule: MetricRule; readonly windows: readonly Window[]; readonly piece: Piece }[];

function shapesOf({ case: one, history }: PlaceboOptions, deployment: Deployment, end: Instant): Shapes {
  return one.policy.rules.flatMap((rule) => {
    const piece = 'source' in rule ? history.get(rule.name) : undefined;
    return 'source' in rule && piece !== undefined ? [{ rule, windows: windowsOf(rule, deployment, end), piece }] : [];
  });
}

/** From the first datapoint to the last: before and after it there was nothing to judge by. */
function filled({ points, period, from, to }: Piece): Window {
  const [first, last] = [points[0]?.at ?? to, points.at(-1)?.at ?? from - period];
  return { from: first, to: last + period };
}

/** Whole minutes at which a placement has all its history and nothing real near it. */
function startsOf(options: PlaceboOptions, end: Instant): readonly Instant[] {
  const { deployment } = options.case;
  const length = end - deployment.startedAt;
  const shapes = shapesOf(options, deployment, end);
  if (shapes.length === 0) return [];
  const before = Math.max(...shapes.flatMap(({ windows }) => windows.map(({ from }) => deployment.startedAt - from)));
  const calibrates = shapes.some(({ rule }) => calibrationWindow(rule, deployment) !== undefined);
  const first = Math.max(...shapes.map(({ piece }) => filled(piece).from)) + before + (calibrates ? WARM_UP : 0);
  const earliest = Math.max(first, options.notBefore ?? first);
  const last = Math.min(...shapes.map(({ piece }) => filled(piece).to)) - length;
  const taken = options.deployments.map((one) => ({
    from: one.startedAt - CLEAR - length,
    to: (endingOf(one)?.until ?? one.startedAt) + CLEAR,
  }));
  const starts: Instant[] = [];
  for (let at = alignDown(earliest, 60_000) + 120_000; at <= last; at += 60_000) {
    if (!taken.some(({ from, to }) => at > from && at < to)) starts.push(at);
  }
  return starts;
}

/** So many of them, drawn without replacement where there are enough. */
function drawn(starts: readonly Instant[], count: number, random: Random): readonly Instant[] {
  const left = [...starts];
  return Array.from({ length: Math.min(count, starts.length) }, () => {
    const index = Math.floor(random() * left.length);
    const at = left[index] ?? 0;
    left[index] = left.at(-1) ?? at;
    left.pop();
    return at;
  });
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

/** Whether a deployment went its whole way, so that its schedule can be placed elsewhere. */
export function isWhole(deployment: Deployment): boolean {
  const ending = endingOf(deployment);
  return ending?.kind === 'completed' && exposureAt(deployment, ending.at) > 0;
}

interface Places {
  readonly starts: readonly Instant[];
  /** Of the schedule where it really was. */
  readonly end: Instant;
  readonly random: Random;
}

/** Where the schedule is placed; the same for the same seed. */
export function placesOf(options: PlaceboOptions): Places {
  const { deployment, policy } = options.case;
  const end = lastLook(deployment, policy, options.nextLook, options.lag);
  const random = seeded(options.seed);
  return { starts: drawn(startsOf(options, end), options.placements, random), end, random };
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
