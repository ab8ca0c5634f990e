/** Which schedules are placed where: one for each policy and environment, with the longest history there is. */
import { type Deployment, exposureAt } from '../core/deployment.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import type { MetricRule } from '../policy/schema.ts';
import type { Answered, Asked, Case } from './gather.ts';
import type { Piece } from './history.ts';
import { endingOf } from './past.ts';

/** Whether a deployment went its whole way, so that its schedule can be placed elsewhere. */
function isWhole(deployment: Deployment): boolean {
  const ending = endingOf(deployment);
  return ending?.kind === 'completed' && exposureAt(deployment, ending.at) > 0;
}

/** Cases of one policy in one environment: the newest that went its whole way gives the schedule. */
export interface Ground {
  readonly case: Case;
  readonly deployments: readonly Deployment[];
}

export function groundsOf(cases: readonly Case[]): readonly Ground[] {
  const key = ({ policy, deployment: { ref } }: Case) =>
    [policy.name, ref.target, ref.applicationId, ref.environmentId].join('\0');
  return [...Map.groupBy(cases, key).values()].flatMap((group) => {
    const whole = group.findLast(({ deployment }) => isWhole(deployment));
    return whole === undefined ? [] : [{ case: whole, deployments: group.map(({ deployment }) => deployment) }];
  });
}

/** How far back CloudWatch still has minutes, a day less. */
const FINE: Duration = 14 * 86_400_000;

/** The long stretches to ask for, in the rules' own periods. */
export function longAsks(grounds: readonly Ground[], since: Instant, now: Instant): readonly Asked[] {
  return grounds.flatMap((ground) =>
    ground.case.policy.rules.flatMap((rule): readonly Asked[] => {
      if (!('source' in rule)) return [];
      const window: Window = { from: Math.max(since, now - FINE), to: now };
      return [{ case: ground.case, rule, own: rule.source.period, window }];
    }),
  );
}

const length = ({ from, to }: Piece) => to - from;

/** The longest piece of each rule, in its own period. */
export function longestOf({ case: one }: Ground, answered: readonly Answered[]): ReadonlyMap<string, Piece> {
  const longest = new Map<string, Piece>();
  const inOwnPeriod = (rule: MetricRule, piece: Piece) => rule.source.period === piece.period;
  for (const rule of one.policy.rules) {
    if (!('source' in rule)) continue;
    for (const { asked, piece } of answered) {
      if (asked.rule.name !== rule.name || asked.case !== one || !inOwnPeriod(rule, piece)) continue;
      const before = longest.get(rule.name);
      if (before === undefined || length(piece) > length(before)) longest.set(rule.name, piece);
    }
  }
  return longest;
}
