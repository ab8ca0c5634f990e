/** Where the schedule of a deployment can be placed in history: with all that its rules look at, away from real deployments. */
import type { Deployment } from '../core/deployment.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import { alignDown } from '../lib/periods.ts';
import type { MetricRule } from '../policy/schema.ts';
import { calibrationWindow } from './calibrating.ts';
import type { Case } from './gather.ts';
import type { Piece } from './history.ts';
import { endingOf } from './past.ts';
import { type Random, seeded } from './random.ts';
import { lastLook, windowsOf } from './stretch.ts';

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

/** What of the history each rule is shown. */
type Shapes = readonly { readonly rule: MetricRule; readonly windows: readonly Window[]; readonly piece: Piece }[];

export function shapesOf({ case: one, history }: PlaceboOptions, deployment: Deployment, end: Instant): Shapes {
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
