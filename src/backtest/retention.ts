/** Which period the past can still be asked in: CloudWatch keeps fine periods for a shorter time than coarse ones. */
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import type { MetricRule } from '../policy/schema.ts';
import type { Piece } from './history.ts';

const MINUTE: Duration = 60_000;
const DAY: Duration = 1_440 * MINUTE;

/** Periods of CloudWatch, and for how long each is kept; a day less, so that nothing goes while it is asked. */
const KEPT: readonly { readonly period: Duration; readonly age: Duration }[] = [
  { period: MINUTE, age: 14 * DAY },
  { period: 5 * MINUTE, age: 62 * DAY },
  { period: 60 * MINUTE, age: 454 * DAY },
];

/** The finest period not finer than the rule's that is still kept of an instant; the rule's own where it is. */
export function periodFor({ source }: MetricRule, oldest: Instant, now: Instant): Duration {
  if (source.kind !== 'cloudwatch') return source.period;
  const age = now - oldest;
  const needed = KEPT.find((kept) => kept.age >= age)?.period ?? 60 * MINUTE;
  const tooFine = source.period < MINUTE && age > 3 * 60 * MINUTE;
  const least = tooFine ? Math.max(MINUTE, needed) : needed === MINUTE ? source.period : needed;
  return Math.ceil(Math.max(source.period, least) / least) * least;
}

/** Since when the rule's own period is still kept. */
export function oldestKept({ source }: MetricRule, now: Instant): Instant {
  if (source.kind !== 'cloudwatch') return Number.NEGATIVE_INFINITY;
  const kept = KEPT.findLast(({ period }) => period <= Math.max(source.period, MINUTE));
  return now - (kept?.age ?? 0);
}

/** The rule asked in another period; the same rule where that is its own. */
export function inPeriod(rule: MetricRule, period: Duration): MetricRule {
  if (rule.source.kind !== 'cloudwatch' || rule.source.period === period) return rule;
  return { ...rule, source: { ...rule.source, period } };
}

/** What a person has to know of a rule that is judged in another period than its own. */
export function coarserText(rule: MetricRule, period: Duration): string {
  const [own, used] = [rule.source.period, period].map(formatDuration);
  return `${rule.name}: ${used} instead of ${own}, which is not kept that long: everything takes longer, and a sum counts by its share`;
}

/** A plain sum over a longer period is brought back to the rule's own, as a mean over it; anything else stays. */
export function perOwnPeriod(piece: Piece, own: Duration): Piece {
  if (!piece.growing || piece.period === own) return piece;
  const share = own / piece.period;
  return { ...piece, points: piece.points.map((point) => ({ ...point, value: point.value * share })) };
}
