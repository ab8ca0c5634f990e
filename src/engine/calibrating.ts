/** Fetches what a rule is calibrated on: the past of its metric, and when it was deployed to. */
import type { Calibration } from '../core/calibration.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Judge } from '../core/seams.ts';
import type { Series } from '../core/series.ts';
import type { Instant } from '../core/time.ts';
import type { MetricRule, Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { CalibrationBook } from './calibrations.ts';

/** What is known of a rule by placebos now; undefined while nothing is, or where the judge needs nothing. */
export type CalibrationOf = (
  rule: MetricRule,
  judge: Judge,
  sharing: number,
  deployment: Deployment,
  now: Instant,
) => Calibration | undefined;

/** As plain data: a source may give an object that makes its points when they are read. */
function plain({ query, from, period, points, growing, settledUntil, inputs }: Series): Series {
  return { query, from, period, points, growing, settledUntil, inputs };
}

export function calibrating(
  target: Target,
  policy: Policy,
  access: TargetAccess,
  book: CalibrationBook,
): CalibrationOf {
  return (rule, judge, sharing, deployment, now) => {
    const { calibration } = judge;
    if (calibration === undefined) return undefined;
    const { source } = access;
    const { applicationId, environmentId } = deployment.ref;
    const { growthType, growthFactor, durationMinutes, bakeMinutes } = deployment;
    const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const schedule = [growthType, growthFactor, durationMinutes, bakeMinutes];
    const names = [target.name, policy.name, rule.name, applicationId, environmentId];
    const key = JSON.stringify([names, schedule, rule.source, rule.judge, sharing]);
    return book.of(
      key,
      async (signal) => {
        const window = calibration.window(deployment, now, source.period(query));
        const [series, avoid] = await Promise.all([
          source.query(query, window, rule.settle, signal),
          access.past?.(applicationId, environmentId, window.from, signal) ?? [],
        ]);
        return { judge: rule.judge, sharing, history: { deployment, series: plain(series), avoid, now } };
      },
      (measured) => ({
        kind: 'rule-calibrated',
        at: now,
        target: target.name,
        policy: policy.name,
        rule: rule.name,
        application: deployment.application,
        environment: deployment.environment,
        calibration: measured,
      }),
    );
  };
}
