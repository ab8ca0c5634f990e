/** AppConfig as far as the stopper sees it: one deployment in memory that answers by a script, on a driven clock. */
import type { AppConfigPort, DeploymentAnswer } from '../../../src/appconfig/port.ts';
import type { Deployment, DeploymentEvent } from '../../../src/core/deployment.ts';
import { type Failure, FailureError, type FailureReason } from '../../../src/core/failure.ts';
import type { Duration, Instant } from '../../../src/core/time.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { deploymentAt } from '../../support/deployment.ts';

/** `through` is answered; `lost` is done but not answered; a reason is answered with that failure. */
export type Step = 'through' | 'lost' | FailureReason;

export interface Script {
  /** Steps of the StopDeployment calls in order; all later ones go through. */
  readonly stops: readonly Step[];
  /** Steps of the GetDeployment calls in order; all later ones go through. */
  readonly looks?: readonly Step[];
  readonly bakesAt?: Instant;
  readonly completesAt?: Instant;
  /** Somebody else (an alarm) rolls it back then. */
  readonly rolledBackByAlarmAt?: Instant;
  readonly rollback: Duration;
  /** How long a reverted deployment still reads COMPLETE. */
  readonly revertShows?: Duration;
  /** So many stops are answered with 202 and come to nothing. */
  readonly ignores?: number;
  /** Whether a plain stop of a baking deployment is refused. */
  readonly strict?: boolean;
}

const RETRYABLE = new Set<FailureReason>(['throttled', 'timeout', 'network', 'unavailable', 'malformed']);

export function failed(reason: FailureReason, operation: string): Failure {
  return { reason, retryable: RETRYABLE.has(reason), message: `${operation}: ${reason}`, code: 'Scripted' };
}

interface StopCall {
  readonly at: Instant;
  readonly allowRevert: boolean;
  /** What the deployment really was when the call arrived. */
  readonly state: string;
  readonly step: Step;
}

export interface Model {
  readonly port: AppConfigPort;
  readonly calls: readonly StopCall[];
  state(): string;
  /** The most StopDeployment calls there were at once. */
  atOnce(): number;
  /** Rollbacks and reverts that were begun by calls. */
  begun(): number;
  /** How many calls there were when it was first heard that nothing is left to stop; undefined when it never was. */
  heardAfter(): number | undefined;
}

export function model(script: Script, clock: Clock, startedAt: Instant): Model {
  const calls: StopCall[] = [];
  let undone: { at: Instant; by: string; revert: boolean } | undefined;
  let looks = 0;
  let underWay = 0;
  let atOnce = 0;
  let begun = 0;
  let ignored = 0;
  let heardAfter: number | undefined;

  const advance = () => {
    const { rolledBackByAlarmAt: at, completesAt = Number.POSITIVE_INFINITY } = script;
    if (undone === undefined && at !== undefined && at <= clock.now() && at < completesAt) {
      undone = { at, by: 'CLOUDWATCH_ALARM', revert: false };
    }
  };
  const state = (): string => {
    advance();
    const now = clock.now();
    if (undone?.revert === true) return now < undone.at + (script.revertShows ?? 0) ? 'COMPLETE' : 'REVERTED';
    if (undone !== undefined) return now < undone.at + script.rollback ? 'ROLLING_BACK' : 'ROLLED_BACK';
    if (script.completesAt !== undefined && script.completesAt <= now) return 'COMPLETE';
    return script.bakesAt !== undefined && script.bakesAt <= now ? 'BAKING' : 'DEPLOYING';
  };
  const events = (): readonly DeploymentEvent[] => {
    if (undone === undefined) return [];
    const type = undone.revert ? 'REVERT_COMPLETED' : 'ROLLBACK_STARTED';
    return [{ type, triggeredBy: undone.by, description: '', at: undone.at, actions: [] }];
  };
  const snapshot = (): Deployment => {
    const { completesAt } = script;
    const completed = completesAt !== undefined && completesAt <= clock.now() ? { completedAt: completesAt } : {};
    return deploymentAt(startedAt, { state: state(), events: events(), ...completed });
  };
  const refuses = (allowRevert: boolean): boolean => {
    const now = state();
    if (now === 'BAKING') return script.strict === true && !allowRevert;
    return now !== 'DEPLOYING' && !(now === 'COMPLETE' && allowRevert && undone === undefined);
  };
  const stop = (allowRevert: boolean) => {
    if (refuses(allowRevert)) throw new FailureError(failed('rejected', 'StopDeployment'));
    if (ignored++ < (script.ignores ?? 0)) return;
    undone = { at: clock.now(), by: 'USER', revert: state() === 'COMPLETE' };
    begun++;
  };
  const never = () => Promise.reject(new Error('the stopper has no business here'));
  return {
    calls,
    state,
    atOnce: () => atOnce,
    begun: () => begun,
    heardAfter: () => heardAfter,
    port: {
      listApplications: never,
      listEnvironments: never,
      newestDeployments: never,
      deploymentsSince: never,
      tagsOf: never,
      async getDeployment(): Promise<DeploymentAnswer> {
        const step = script.looks?.[looks++] ?? 'through';
        await clock.sleep(0);
        if (step !== 'through') throw new FailureError(failed(step === 'lost' ? 'network' : step, 'GetDeployment'));
        const deployment = snapshot();
        if (undone !== undefined && deployment.state !== 'COMPLETE') heardAfter ??= calls.length;
        return { deployment, answer: { State: deployment.state, EventLog: [] }, requestId: 'get' };
      },
      async stopDeployment(_ref, { allowRevert }) {
        const step = script.stops[calls.length] ?? 'through';
        calls.push({ at: clock.now(), allowRevert, state: state(), step });
        underWay++;
        atOnce = Math.max(atOnce, underWay);
        try {
          await clock.sleep(100);
          if (step !== 'through' && step !== 'lost') throw new FailureError(failed(step, 'StopDeployment'));
          stop(allowRevert);
          if (step === 'lost') throw new FailureError(failed('network', 'StopDeployment'));
          heardAfter ??= calls.length;
          return { answer: { DeploymentNumber: 12 }, requestId: 'stop' };
        } finally {
          underWay--;
        }
      },
    },
  };
}
