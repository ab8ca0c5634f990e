/** Calibrates judges of the past as the daemon would have: on the history before a deployment, with what was deployed cut out. */
import type { Calibration } from '../core/calibration.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Judge } from '../core/seams.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import type { CalibrationOf } from '../engine/rule.ts';
import { judges } from '../judges/index.ts';
import { alignDown, alignUp } from '../lib/periods.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule } from '../policy/schema.ts';
import { cut, type Piece } from './history.ts';
import { endingOf, seenOver } from './past.ts';

const DAY: Duration = 86_400_000;

/** The stretch before a deployment that its judge is calibrated on; undefined where it needs none. */
export function calibrationWindow(rule: MetricRule, deployment: Deployment): Window | undefined {
  const { calibration } = makeJudge(judges, rule.judge);
  const { startedAt } = deployment;
  const window = calibration?.window(seenOver(deployment)(startedAt), startedAt, rule.source.period);
  return window && { from: window.from, to: startedAt };
}

/** When something was deployed, for placebos to keep away from. */
export function deployedWindows(deployments: readonly Deployment[]): readonly Window[] {
  return deployments.map((one) => ({ from: one.startedAt, to: endingOf(one)?.until ?? one.startedAt }));
}

/** The piece that begins first of those that hold something of a stretch. */
function longest(pieces: readonly Piece[], { from, to }: Window, period: Duration): Piece | undefined {
  const some = pieces.filter((piece) => piece.period === period && piece.from < to && piece.to > from);
  return some.reduce<Piece | undefined>(
    (first, piece) => (first === undefined || piece.from < first.from ? piece : first),
    undefined,
  );
}

function measured(
  judge: Judge,
  rule: MetricRule,
  deployment: Deployment,
  pieces: readonly Piece[],
  avoid: readonly Window[],
): Calibration | undefined {
  const { calibration } = judge;
  if (calibration === undefined) return undefined;
  const { startedAt: now } = deployment;
  const { period } = rule.source;
  const seen = seenOver(deployment)(now);
  const wanted = calibration.window(seen, now, period);
  const piece = longest(pieces, wanted, period);
  if (piece === undefined) return { kind: 'uncalibrated', because: 'its history is not kept' };
  const settledUntil = alignDown(now - rule.settle, period);
  const from = alignUp(Math.max(wanted.from, piece.from), period);
  const { query, growing, points, inputs } = cut(piece, { from, to: settledUntil });
  const series = { query, from, period, growing, points, inputs, settledUntil };
  return calibration.measure({ deployment: seen, series, avoid: avoid.filter((one) => one.from < now), now });
}

export interface PastCalibrations {
  piecesOf(rule: MetricRule): readonly Piece[];
  readonly avoid: readonly Window[];
  /**
   * The deployment as of which a rule is calibrated; the daemon does it once a day, and so may whoever places one
   * schedule many times. Default: the one that is judged.
   */
  readonly asOf?: (deployment: Deployment) => Deployment;
}

/** What the daemon would have known of each rule when the deployment began; each is reckoned once. */
export function pastCalibrations({ piecesOf, avoid, asOf = (one) => one }: PastCalibrations): CalibrationOf {
  const known = new Map<string, Calibration | undefined>();
  return (rule, judge, _sharing, { deployment }) => {
    if (judge.calibration === undefined) return undefined;
    const base = asOf(deployment);
    const key = JSON.stringify([rule.name, base.startedAt]);
    if (!known.has(key)) known.set(key, measured(judge, rule, base, piecesOf(rule), avoid));
    return known.get(key);
  };
}

/** The beginning of an instant's day (UTC): what is known by then is known all that day. */
export function startOfDay(at: Instant): Instant {
  return alignDown(at, DAY);
}
