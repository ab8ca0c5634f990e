/** Fetches what a rule is calibrated on: the past of its metric, and when it was deployed to. */
import { hash } from 'node:crypto';
import type { Calibration } from '../core/calibration.ts';
import { type Deployment, refKey } from '../core/deployment.ts';
import type { Schedule } from '../core/event.ts';
import type { Series } from '../core/series.ts';
import type { MetricRule, Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { CalibrationBook } from './calibrations.ts';
import type { CalibrationOf } from './rule.ts';

/** As plain data: a source may give an object that makes its points when they are read. */
function plain({ query, from, period, points, growing, settledUntil, inputs }: Series): Series {
  return { query, from, period, points, growing, settledUntil, inputs };
}

const scheduleOf = ({ growthType, growthFactor, durationMinutes, bakeMinutes }: Deployment): Schedule => ({
  ...{ growthType, growthFactor, durationMinutes, bakeMinutes },
});

/** Made once for each rule and deployment as it is seen: it is asked for at every look. */
function digests(target: Target, policy: Policy, version: string) {
  const known = new WeakMap<MetricRule, WeakMap<Deployment, string>>();
  return (rule: MetricRule, sharing: number, deployment: Deployment): string => {
    const ofRule = known.get(rule) ?? new WeakMap<Deployment, string>();
    known.set(rule, ofRule);
    const before = ofRule.get(deployment);
    if (before !== undefined) return before;
    const { applicationId, environmentId } = deployment.ref;
    const names = [version, target.name, policy.name, rule.name, applicationId, environmentId];
    const made = hash('sha256', JSON.stringify([names, scheduleOf(deployment), rule.source, rule.judge, sharing]));
    ofRule.set(deployment, made);
    return made;
  };
}

/** What was before a deployment is looked at once for each calibration: what comes later is the judge's. */
function oncePerDeployment() {
  const looked = new WeakMap<Calibration, Set<string>>();
  return (calibration: Calibration, deployment: Deployment): boolean => {
    if (calibration.kind !== 'calibrated' || calibration.at >= deployment.startedAt) return false;
    const seen = looked.get(calibration) ?? new Set<string>();
    looked.set(calibration, seen);
    if (seen.has(refKey(deployment.ref))) return false;
    seen.add(refKey(deployment.ref));
    return true;
  };
}

/** `version`: of this program, since another one may measure in another way. */
export function calibrating(
  target: Target,
  policy: Policy,
  access: TargetAccess,
  book: CalibrationBook,
  version: string,
): CalibrationOf {
  const digestOf = digests(target, policy, version);
  const isNew = oncePerDeployment();
  return (rule, judge, sharing, { deployment, series, now }) => {
    const { calibration } = judge;
    if (calibration === undefined) return undefined;
    const { source } = access;
    const { applicationId, environmentId } = deployment.ref;
    const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const insists = 'uncalibrated' in rule.judge && rule.judge.uncalibrated === 'stop';
    const digest = digestOf(rule, sharing, deployment);
    return book.of({
      digest,
      async collect(signal) {
        const window = calibration.window(deployment, now, source.period(query));
        const [past, avoid] = await Promise.all([
          source.query(query, window, rule.settle, signal),
          access.past?.(applicationId, environmentId, window.from, signal) ?? [],
        ]);
        return { judge: rule.judge, sharing, history: { deployment, series: plain(past), avoid, now } };
      },
      outdated: (known) =>
        isNew(known, deployment) ? calibration.outdated?.(known, { deployment, series }) : undefined,
      told: (measured, { why, duration, keepsFormer }) => ({
        kind: 'rule-calibrated',
        at: now,
        target: target.name,
        policy: policy.name,
        rule: rule.name,
        application: deployment.application,
        environment: deployment.environment,
        calibration: measured,
        digest,
        schedule: scheduleOf(deployment),
        why,
        duration,
        ...(insists ? { insists } : {}),
        ...(keepsFormer ? { keepsFormer } : {}),
      }),
    });
  };
}
