/** A rule that can be run: source and judge, or a trigger, behind one question. */
import type { StandingAlert } from '../core/alert.ts';
import type { Calibration } from '../core/calibration.ts';
import type { Deployment, DeploymentPlace } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Evidence, Judge, Source, Trigger } from '../core/seams.ts';
import type { Series } from '../core/series.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { judges } from '../judges/index.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule, Policy, TriggerRule } from '../policy/schema.ts';
import { type Deadline, type Deadlines, deadlines } from './deadlines.ts';

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

export interface RunnableRule {
  readonly name: string;
  /** The hook its alerts come by, where it is of that kind: it need not wait for the next look. */
  readonly hook?: string;
  /** Whether an alert of that hook may count for a deployment there; there where `hook` is. */
  readonly mayCount?: (alert: StandingAlert, place: DeploymentPlace) => boolean;
  /** What it weighs by at once, when nothing new can have arrived; never throws. Most looks bring nothing new. */
  held(deployment: Deployment, now: Instant): Weigh | undefined;
  /** Asks; never rejects: what could not be asked weighs as `unknown`. */
  ask(deployment: Deployment, now: Instant, signal: AbortSignal): Promise<Weigh>;
}

/** The verdict that the answer means for the deployment as it is seen by now; pure. */
export type Weigh = (deployment: Deployment) => Verdict;

type Ask = (deployment: Deployment, now: Instant, signal: AbortSignal) => Promise<Weigh>;
type AskHeld = (deployment: Deployment, now: Instant) => Weigh | undefined;

interface Asks {
  readonly ask: Ask;
  readonly held: AskHeld;
}

interface Judging {
  readonly judge: Judge;
  readonly calibrationOf: (seen: Pick<Evidence, 'deployment' | 'series' | 'now'>) => Calibration | undefined;
}

function askMetric(rule: MetricRule, { judge, calibrationOf }: Judging, policy: Policy, { source }: RuleAccess): Asks {
  const period = source.period(rule.source);
  const { noData, settle } = rule;
  const { preExisting } = policy;
  const weighing =
    (now: Instant, series: readonly Series[]): Weigh =>
    (deployment) => {
      const calibration = calibrationOf({ deployment, series, now });
      const known = calibration === undefined ? {} : { calibration };
      return judge.judge({ deployment, now, series, noData, preExisting, settle, ...known });
    };
  let ready = judge.prepare === undefined;
  const prepared = async () => {
    await judge.prepare?.();
    ready = true;
  };
  const asked: Ask = (deployment, now, signal) => {
    const windows = judge.windows(deployment, now, period);
    const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const [one, ...others] = windows.map((window) => source.query(query, window, rule.settle, signal));
    if (one !== undefined && others.length === 0) return one.then((series) => weighing(now, [series]));
    return Promise.all([...(one === undefined ? [] : [one]), ...others]).then((series) => weighing(now, series));
  };
  return {
    ask(deployment, now, signal) {
      return ready ? asked(deployment, now, signal) : prepared().then(() => asked(deployment, now, signal));
    },
    held(deployment, now) {
      if (!ready) return undefined;
      const series: Series[] = [];
      const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
      for (const window of judge.windows(deployment, now, period)) {
        const one = source.held?.(query, window, rule.settle);
        if (one === undefined) return undefined;
        series.push(one);
      }
      return weighing(now, series);
    },
  };
}

function askTrigger(rule: TriggerRule, policy: Policy, { trigger }: RuleAccess): Asks {
  return {
    async ask(deployment, now, signal) {
      const opinion = await trigger.check(rule.trigger, { deployment, now, preExisting: policy.preExisting }, signal);
      return () => opinion;
    },
    held: () => undefined,
  };
}

/**
 * Real milliseconds for one verdict: three calls that all time out. Many calls one after the other (pages, tags of
 * thousands of alarms) could take any time, and the next look at the deployment waits for them.
 */
const PATIENCE: Duration = 60_000;

/** For all rules of one target. */
export const rulePatience = (): Deadlines => deadlines(PATIENCE);

function unknown(error: unknown): Verdict {
  const failure = failureOf(error);
  return { kind: 'unknown', because: `could not be asked: ${failure.message}`, failure };
}

const safely =
  (weigh: Weigh): Weigh =>
  (seen) => {
    try {
      return weigh(seen);
    } catch (error) {
      return unknown(error);
    }
  };

/** One question that is waited for. */
class Asked {
  readonly #deadline: Deadline;
  readonly #resolve: (weigh: Weigh) => void;

  constructor(deadline: Deadline, resolve: (weigh: Weigh) => void) {
    this.#deadline = deadline;
    this.#resolve = resolve;
    deadline.add(this);
  }

  answered(weigh: Weigh): void {
    if (this.#deadline.leave(this)) this.#resolve(safely(weigh));
  }

  failed(error: unknown): void {
    if (!this.#deadline.leave(this)) return;
    // What it asks may say that it was given up, in words of its own.
    const verdict = unknown(this.#deadline.isOver() ? this.#deadline.signal.reason : error);
    this.#resolve(() => verdict);
  }
}

/**
 * The one place that turns a thrown error of a source, judge or trigger into `unknown`, and that gives up, and lets what
 * it asks give up, when the time is over.
 */
function guarded({ ask, held }: Asks, { from }: Deadlines): Asks {
  return {
    ask(deployment, now, signal) {
      const deadline = from(signal);
      return new Promise((resolve) => {
        const asked = new Asked(deadline, resolve);
        if (deadline.signal.aborted) return asked.failed(deadline.signal.reason);
        try {
          ask(deployment, now, deadline.signal).then(
            (weigh) => asked.answered(weigh),
            (error: unknown) => asked.failed(error),
          );
        } catch (error) {
          asked.failed(error);
        }
      });
    },
    held(deployment, now) {
      try {
        const weigh = held(deployment, now);
        return weigh && safely(weigh);
      } catch {
        // Asked in earnest it says why.
        return undefined;
      }
    },
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
