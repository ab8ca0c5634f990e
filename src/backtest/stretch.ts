/** How long a past deployment is looked at, and what its rules want to have seen by then. */
import type { Deployment } from '../core/deployment.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import { judges } from '../judges/index.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule, Policy } from '../policy/schema.ts';
import { endingOf, seenOver } from './past.ts';

/** What had happened before a deployment was undone is known this much later. */
function settling(policy: Policy, lag: Duration): Duration {
  return Math.max(lag, ...policy.rules.map((rule) => ('settle' in rule ? rule.settle : 0)));
}

/** Until when it is looked at: the first look after it completed, or until all is known of the time before it was undone. */
export function lastLook(
  deployment: Deployment,
  policy: Policy,
  nextLook: (after: Instant) => Instant | undefined,
  lag: Duration,
): Instant {
  const ending = endingOf(deployment);
  const end = ending?.at ?? deployment.startedAt;
  const known = ending?.kind === 'completed' ? end : end + settling(policy, lag);
  return nextLook(known) ?? known;
}

/** What each rule wants to have seen by the end: one stretch for each of its judge's windows. */
export function windowsOf(rule: MetricRule, deployment: Deployment, end: Instant): readonly Window[] {
  const judge = makeJudge(judges, rule.judge);
  const { period } = rule.source;
  const seen = seenOver(deployment);
  const [first, last] = [deployment.startedAt, end].map((at) => judge.windows(seen(at), at, period));
  return (last ?? []).map(({ from, to }, index) => {
    const before = first?.[index] ?? { from, to };
    return { from: Math.min(from, before.from), to: Math.max(to, before.to) };
  });
}
