/** Fetches what a rule is calibrated on: the past of its metric, and when it was deployed to. */
import type { Series } from '../core/series.ts';
import type { Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { CalibrationBook } from './calibrations.ts';
import type { CalibrationOf } from './rule.ts';

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
