/** A rule that can be run: source and judge, or a trigger, behind one question. */
import type { Deployment } from '../core/deployment.ts';
import { FailureError, failureOf } from '../core/failure.ts';
import type { Judge, Source, Trigger } from '../core/seams.ts';
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { judges } from '../judges/index.ts';
import { linked } from '../lib/linked.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { makeJudge } from '../plugin.ts';
import type { MetricRule, Policy, TriggerRule } from '../policy/schema.ts';

/** What the rules of one target ask. */
export interface RuleAccess {
  readonly source: Source<MetricRule['source']>;
  readonly trigger: Trigger<TriggerRule['trigger']>;
}

export interface RunnableRule {
  readonly name: string;
  /** The hook its alerts come by, where it is of that kind: it need not wait for the next look. */
  readonly hook?: string;
  /** Asks; never rejects: what could not be asked weighs as `unknown`. */
  ask(deployment: Deployment, now: Instant, signal: AbortSignal): Promise<Weigh>;
}

/** The verdict that the answer means for the deployment as it is seen by now; pure. */
type Weigh = (deployment: Deployment) => Verdict;

type Ask = (deployment: Deployment, now: Instant, signal: AbortSignal) => Promise<Weigh>;

function askMetric(rule: MetricRule, judge: Judge, policy: Policy, { source }: RuleAccess): Ask {
  const period = source.period(rule.source);
  return async (deployment, now, signal) => {
    const windows = judge.windows(deployment, now, period);
    const query = source.forDeployment?.(rule.source, deployment) ?? rule.source;
    const series = await Promise.all(windows.map((window) => source.query(query, window, rule.settle, signal)));
    const { noData } = rule;
    const { preExisting } = policy;
    return (seen) => judge.judge({ deployment: seen, now, series, noData, preExisting });
  };
}

function askTrigger(rule: TriggerRule, policy: Policy, { trigger }: RuleAccess): Ask {
  return async (deployment, now, signal) => {
    const opinion = await trigger.check(rule.trigger, { deployment, now, preExisting: policy.preExisting }, signal);
    return () => opinion;
  };
}

/**
 * Real milliseconds for one verdict: three calls that all time out. Many calls one after the other (pages, tags of
 * thousands of alarms) could take any time, and the next look at the deployment waits for them.
 */
const PATIENCE: Duration = 60_000;

function tooSlow(patience: Duration): FailureError {
  const message = `no verdict within ${formatDuration(patience)}: it takes too many calls, or they are too slow`;
  return new FailureError({ reason: 'timeout', retryable: true, message });
}

/** Gives up, and lets what it asks give up, when the time is over. */
function bounded(ask: Ask, patience: Duration): Ask {
  return async (deployment, now, signal) => {
    using either = linked(signal);
    const timer = setTimeout(() => either.abort(tooSlow(patience)), patience).unref();
    try {
      return await unlessAborted(ask(deployment, now, either.signal), either.signal);
    } catch (error) {
      // What it asks may say that it was given up, in words of its own.
      throw either.signal.aborted && !signal.aborted ? either.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The one place that turns a thrown error of a source, judge or trigger into `unknown`. */
function guarded(ask: Ask): Ask {
  const unknown = (error: unknown): Verdict => {
    const failure = failureOf(error);
    return { kind: 'unknown', because: `could not be asked: ${failure.message}`, failure };
  };
  return async (deployment, now, signal) => {
    try {
      const weigh = await ask(deployment, now, signal);
      return (seen) => {
        try {
          return weigh(seen);
        } catch (error) {
          return unknown(error);
        }
      };
    } catch (error) {
      const verdict = unknown(error);
      return () => verdict;
    }
  };
}

/** The rules of a policy, ready to run against one target. */
export function runnableRules(policy: Policy, access: RuleAccess, patience = PATIENCE): readonly RunnableRule[] {
  return policy.rules.map((rule) => {
    const ask =
      'trigger' in rule
        ? askTrigger(rule, policy, access)
        : askMetric(rule, makeJudge(judges, rule.judge), policy, access);
    const hook = 'trigger' in rule && rule.trigger.kind === 'webhook' ? { hook: rule.trigger.hook } : {};
    return { name: rule.name, ...hook, ask: guarded(bounded(ask, patience)) };
  });
}
