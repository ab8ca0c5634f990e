/**
 * Proposes bounds and judges for a rule from its history. Bounds are found on the older half of it, judges calibrate themselves
 * on what was before; all are measured on the newer half by the daemon's code.
 */
import type { Instant } from '../core/time.ts';
import type { MetricRule, Policy } from '../policy/schema.ts';
import { cut, type Piece } from './history.ts';
import { type Power, powerOf } from './placebo.ts';
import { type PlaceboOptions, placesOf } from './placements.ts';
import { judgesToTry, readJudge, type Written } from './tune-judges.ts';

export interface TuneOptions extends Omit<PlaceboOptions, 'case' | 'history'> {
  readonly case: PlaceboOptions['case'];
  readonly rule: MetricRule;
  readonly history: Piece;
  readonly side: 'above' | 'below';
  /** Share of the deployments that may be stopped without a cause. */
  readonly allowed: number;
}

export interface Proposal {
  /** As it would stand in the file. */
  readonly judge: Written;
  readonly rule: MetricRule;
  /** On history that the bound was not found on. */
  readonly measured: Power;
}

/** M of N that are tried: quick, usual, slow. */
const COUNTS = [
  [1, 1],
  [2, 3],
  [3, 3],
  [3, 5],
] as const;

/** The bound at which a stretch would just not breach M of N: the largest over time of the M-th largest of N values. */
export function reached(
  piece: Piece,
  from: Instant,
  to: Instant,
  need: number,
  of: number,
  side: 'above' | 'below',
): number {
  const sign = side === 'above' ? 1 : -1;
  const values = new Map(cut(piece, { from, to }).points.map(({ at, value }) => [at, sign * value]));
  let most = Number.NEGATIVE_INFINITY;
  const first = Math.ceil(from / piece.period) * piece.period;
  for (let at = first; at < to; at += piece.period) {
    const window = Array.from({ length: of }, (_, back) => at - back * piece.period)
      .filter((one) => one >= first)
      .flatMap((one) => values.get(one) ?? [])
      .sort((a, b) => b - a);
    most = Math.max(most, window[need - 1] ?? Number.NEGATIVE_INFINITY);
  }
  return sign * most;
}

/** Three digits, away from the numbers: a bound that a person can read is no tighter than the one that was found. */
export function readable(bound: number, side: 'above' | 'below'): number {
  if (bound === 0 || !Number.isFinite(bound)) return bound;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(bound))) - 2);
  const rounded = (side === 'above' ? Math.ceil(bound / unit) : Math.floor(bound / unit)) * unit;
  return Number(rounded.toPrecision(3));
}

/** The tightest bound that so many of the placements stay within; undefined without a number. */
function boundOf(scores: readonly number[], allowed: number, side: 'above' | 'below'): number | undefined {
  const sign = side === 'above' ? 1 : -1;
  const sorted = scores.filter(Number.isFinite).toSorted((a, b) => sign * (b - a));
  const found = sorted[Math.floor(allowed * scores.length)];
  return found === undefined ? undefined : readable(found, side);
}

function halves(piece: Piece): readonly [Piece, Piece] {
  const first = piece.points[0]?.at ?? piece.from;
  const last = (piece.points.at(-1)?.at ?? piece.to - piece.period) + piece.period;
  const middle = Math.round((first + last) / 2 / piece.period) * piece.period;
  return [cut(piece, { from: first, to: middle }), cut(piece, { from: middle, to: last })];
}

/** The case under one rule, which has this judge. */
function judgedBy({ rule, case: one }: TuneOptions, judge: MetricRule['judge']) {
  const changed: MetricRule = { ...rule, judge };
  const policy: Policy = { ...one.policy, rules: [changed], stopWhen: { kind: 'rule', rule: rule.name } };
  return { changed, case: { deployment: one.deployment, policy } };
}

/** Every M of N with the bound that keeps to what is allowed. */
async function bounds(options: TuneOptions, older: Piece, newer: Piece): Promise<readonly Proposal[]> {
  const { rule, side, allowed, case: one } = options;
  const found: Proposal[] = [];
  for (const [need, of] of COUNTS) {
    const breaching = `${need} of ${of}`;
    const written = (bound: number) => ({ kind: 'threshold', [side]: bound, breaching }) as const;
    const judge = (bound: number): MetricRule['judge'] => ({ ...written(bound), recovery: 1 });
    const search = { ...options, case: judgedBy(options, judge(0)).case, history: new Map([[rule.name, older]]) };
    const { starts, end } = placesOf(search);
    const length = end - one.deployment.startedAt;
    const scores = starts.map((at) => reached(older, at, at + length, need, of, side));
    const bound = boundOf(scores, allowed, side);
    if (bound === undefined) continue;
    const proposed = judgedBy(options, judge(bound));
    const measured = await powerOf({ ...options, case: proposed.case, history: new Map([[rule.name, newer]]) });
    if (measured !== undefined) found.push({ judge: written(bound), rule: proposed.changed, measured });
  }
  return found;
}

/** Judges that have no bound to find, placed in the newer half and calibrated on all that was before. */
async function followers(options: TuneOptions, newer: Piece): Promise<readonly Proposal[]> {
  const { rule, history, side } = options;
  const found: Proposal[] = [];
  for (const written of judgesToTry(rule, history.growing, side)) {
    const judge = readJudge(written);
    if (judge === undefined) continue;
    const { changed, case: one } = judgedBy(options, judge);
    const placed = { ...options, case: one, history: new Map([[rule.name, history]]), notBefore: newer.from };
    const measured = await powerOf(placed);
    if (measured !== undefined) found.push({ judge: written, rule: changed, measured });
  }
  return found;
}

/** Best first: what finds most, then what finds it sooner. */
export async function proposals(options: TuneOptions): Promise<readonly Proposal[]> {
  const [older, newer] = halves(options.history);
  const found = [...(await bounds(options, older, newer)), ...(await followers(options, newer))];
  return found.toSorted((a, b) => rank(b) - rank(a) || delayOf(a) - delayOf(b));
}

const effectsOf = ({ measured }: Proposal) => measured.effects.filter(({ effect }) => effect !== 1);

/** What it finds, and twice what it stops without a cause against it. */
function rank(proposal: Proposal): number {
  const effects = effectsOf(proposal);
  const finds = effects.reduce((sum, { share }) => sum + share, 0) / Math.max(1, effects.length);
  const falsely = proposal.measured.effects.find(({ effect }) => effect === 1)?.share ?? 0;
  return Math.round(50 * (finds - 2 * falsely));
}

function delayOf(proposal: Proposal): number {
  return effectsOf(proposal).reduce((sum, { medianDelay }) => sum + (medianDelay ?? 0), 0);
}
