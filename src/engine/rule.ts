/** A rule that can be run: source and judge, or a trigger, behind one question. */
import type { StandingAlert } from '../core/alert.ts';
import type { Calibration } from '../core/calibration.ts';
import type { Deployment, DeploymentPlace } from '../core/deployment.ts';
import type { Evidence, Judge, Source, Trigger } from '../core/seams.ts';
import type { Series } from '../core/series.ts';
import type { Instant } from '../core/time.ts';
import { promised, tellEnd, type Waiting } from '../core/waiting.ts';
import { judges } from '../judges/index.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule, Policy, TriggerRule } from '../policy/schema.ts';
import type { Deadlines } from './deadlines.ts';
import { type Ask, type Asks, type Guarded, guarded, rulePatience, type Weigh } from './guarded.ts';

/** What the rules of one target ask. */
export interface RuleAccess {
  readonly source: Source<MetricRule['source']>;
  readonly trigger: Trigger<TriggerRule['trigger']>;
}

/** What is known of a rule by placebos now; undefined while nothing is, or where the judge needs nothing. */
export type CalibrationOf = (
  rule: MetricRule,
  judge: Judge,
  sharing: number,
  seen: Pick<Evidence, 'deployment' | 'series' | 'now'>,
) => Calibration | undefined;

export interface RunnableRule extends Guarded {
  readonly name: string;
  /** The hook its alerts come by, where it is of that kind: it need not wait for the next look. */
  readonly hook?: string;
  /** Whether an alert of that hook may count for a deployment there; there where `hook` is. */
  readonly mayCount?: (alert: StandingAlert, place: DeploymentPlace) => boolean;
}

/** Asks one rule; never rejects. */
export function askRule(rule: RunnableRule, deployment: Deployment, now: Instant, signal: AbortSignal): Promise<Weigh> {
  return promised((waiting) => rule.ask(deployment, now, signal, waiting));
}

interface Judging {
  readonly judge: Judge;
  readonly calibrationOf: (seen: Pick<Evidence, 'deployment' | 'series' | 'now'>) => Calibration | undefined;
}

type Weighing = (now: Instant, series: readonly Series[]) => Weigh;

/** A rule whose one series is on its way. */
class Arriving implements Waiting<Series> {
  readonly #weighing: Weighing;
  readonly #now: Instant;
  readonly #waiting: Waiting<Weigh>;

  constructor(weighing: Weighing, now: Instant, waiting: Waiting<Weigh>) {
    this.#weighing = weighing;
    this.#now = now;
    this.#waiting = waiting;
  }

  answered(series: Series): void {
    this.#waiting.answered(this.#weighing(this.#now, [series]));
  }

  failed(error: unknown): void {
    this.#waiting.failed(error);
  }
}

function askMetric(rule: MetricRule, { judge, calibrationOf }: Judging, policy: Policy, { source }: RuleAccess): Asks {
  const period = source.period(rule.source);
  const { noData, settle } = rule;
  const { preExisting } = policy;
  const weighing: Weighing = (now, series) => (deployment) => {
    const calibration = calibrationOf({ deployment, series, now });
    const known = calibration === undefined ? {} : { calibration };
    return judge.judge({ deployment, now, series, noData, preExisting, settle, ...known });
  };
  let ready = judge.prepare === undefined;
  const prepared = async () => {
    await judge.prepare?.();
    ready = true;
  };
  const asked: Ask = (deployment, now, signal, waiting) => {
    const windows = judge.windows(deployment, now, period);
    const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const [one, ...others] = windows;
    if (source.tell !== undefined && one !== undefined && others.length === 0) {
      source.tell(query, one, settle, signal, new Arriving(weighing, now, waiting));
      return;
    }
    const all = Promise.all(windows.map((window) => source.query(query, window, settle, signal)));
    tellEnd(
      all.then((series) => weighing(now, series)),
      waiting,
    );
  };
  return {
    ask(deployment, now, signal, waiting) {
      if (ready) return asked(deployment, now, signal, waiting);
      prepared()
        .then(() => asked(deployment, now, signal, waiting))
        .catch((error: unknown) => waiting.failed(error));
    },
    held(deployment, now) {
      if (!ready) return undefined;
      const series: Series[] = [];
      const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
      for (const window of judge.windows(deployment, now, period)) {
        const one = source.held?.(query, window, settle);
        if (one === undefined) return undefined;
        series.push(one);
      }
      return weighing(now, series);
    },
  };
}

function askTrigger(rule: TriggerRule, policy: Policy, { trigger }: RuleAccess): Asks {
  return {
    ask(deployment, now, signal, waiting) {
      const checked = trigger.check(rule.trigger, { deployment, now, preExisting: policy.preExisting }, signal);
      tellEnd(
        checked.then((opinion) => () => opinion),
        waiting,
      );
    },
    held: () => undefined,
  };
}

/** Each rule that has an α gets its part of it: the policy as a whole stops no more than that. */
function sharingAlpha({ rules }: Policy): number {
  return Math.max(1, rules.filter((rule) => 'judge' in rule && 'alpha' in rule.judge).length);
}

function hearing(rule: MetricRule | TriggerRule, { trigger }: RuleAccess): Pick<RunnableRule, 'hook' | 'mayCount'> {
  if (!('trigger' in rule) || rule.trigger.kind !== 'webhook') return {};
  const options = rule.trigger;
  return {
    hook: options.hook,
    mayCount: (alert, place) => trigger.mayCount?.(options, alert, place) ?? false,
  };
}

/** The rules of a policy, ready to run against one target. */
export function runnableRules(
  policy: Policy,
  access: RuleAccess,
  patience: Deadlines = rulePatience(),
  calibrationOf: CalibrationOf = () => undefined,
): readonly RunnableRule[] {
  const sharing = sharingAlpha(policy);
  const asksOf = (rule: MetricRule | TriggerRule): Asks => {
    if ('trigger' in rule) return askTrigger(rule, policy, access);
    const judge = makeJudge(judges, rule.judge, sharing);
    const known: Judging['calibrationOf'] = (seen) => calibrationOf(rule, judge, sharing, seen);
    return askMetric(rule, { judge, calibrationOf: known }, policy, access);
  };
  return policy.rules.map((rule) => {
    const { ask, held } = asksOf(rule);
    return { name: rule.name, ...hearing(rule, access), ...guarded({ ask, held }, patience) };
  });
}
