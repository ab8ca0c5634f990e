/** Everything that can happen, as data: the journal keeps it, the watch is folded from it, the log tells it. */
import type { Alert } from './alert.ts';
import type { Calibration } from './calibration.ts';
import type { Deployment, DeploymentEvent, DeploymentRef, Named } from './deployment.ts';
import type { Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { Terms } from './terms.ts';
import type { Duration, Instant } from './time.ts';
import type { Verdict } from './verdict.ts';

export type Mode = 'enforce' | 'observe';

/** Which watch an event belongs to. */
export interface WatchRef {
  readonly deployment: DeploymentRef;
  readonly policy: string;
}

/** How a stop ended. `attempts` counts StopDeployment calls. */
export type StopOutcome =
  | { readonly kind: 'rolled-back' | 'reverted'; readonly attempts: number }
  | { readonly kind: 'already-over'; readonly state: string; readonly attempts: number }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly attempts: number };

/** Who asked for a stop: the policy by its rules, or a person. */
export type StopActor =
  | { readonly kind: 'policy'; readonly policy: string }
  | { readonly kind: 'operator'; readonly name: string; readonly reason: string };

export type WithheldReason = 'observe' | 'baking-ignored' | 'circuit-open' | 'held';
export type Recovery = 'recovered' | 'not-recovered' | 'cannot-tell';

/** What of a deployment strategy a calibration depends on. */
export type Schedule = Pick<Deployment, 'growthType' | 'growthFactor' | 'durationMinutes' | 'bakeMinutes'>;

interface WatchHeader {
  readonly at: Instant;
  readonly watch: WatchRef;
}
interface DeploymentHeader {
  readonly at: Instant;
  readonly deployment: DeploymentRef;
}
interface DaemonHeader {
  readonly at: Instant;
}

/** Events of one watch: folding them in order gives the watch. */
export type WatchEvent = WatchHeader &
  (
    | {
        readonly kind: 'deployment-discovered';
        readonly mode: Mode;
        readonly snapshot: Deployment;
        readonly rules: readonly string[];
        /** Absent in records of earlier versions. */
        readonly terms?: Terms;
      }
    /** State, percentage or event log changed; `news` are the event log entries not seen before, oldest first. */
    | { readonly kind: 'deployment-observed'; readonly snapshot: Deployment; readonly news: readonly DeploymentEvent[] }
    | { readonly kind: 'rule-judged'; readonly rule: string; readonly verdict: Verdict }
    /** A rule could not be asked for longer than the policy's `onUnknown.after`. */
    | {
        readonly kind: 'rule-unknown-too-long';
        readonly rule: string;
        readonly since: Instant;
        readonly failure: Failure;
        readonly action: 'hold' | 'stop';
      }
    | { readonly kind: 'rule-known-again'; readonly rule: string; readonly unknownFor: Duration }
    /** The policy says stop and something else says no: told once per reason. */
    | { readonly kind: 'stop-withheld'; readonly reason: WithheldReason; readonly because: readonly string[] }
    | {
        readonly kind: 'stop-decided';
        readonly because: readonly string[];
        readonly evidenceAt: Instant;
        /** Who decided, where it was not the policy. */
        readonly by?: StopActor;
      }
    /** What the stop led to, for this watch. The whole record of the stop itself is in the stop events. */
    | { readonly kind: 'stop-concluded'; readonly outcome: StopOutcome }
    | { readonly kind: 'recovery-judged'; readonly recovery: Recovery; readonly because: readonly string[] }
    | {
        readonly kind: 'watch-released';
        readonly because: string;
        readonly finalState: string;
        /** Rules of a completed deployment that never were healthy or breached. */
        readonly unjudged: readonly string[];
        /** Why it should have been stopped, when it was complete before that could be done. */
        readonly unstopped?: readonly string[];
      }
  );

/** Events of one stop; a deployment under several policies is stopped once. */
export type StopEvent = DeploymentHeader &
  /** Written before the first StopDeployment call. */
  (
    | {
        readonly kind: 'stop-requested';
        readonly by: StopActor;
        readonly because: readonly string[];
        readonly allowRevert: boolean;
        /** An earlier stop of this deployment has no end on record, and this one goes on with it. */
        readonly resumes: boolean;
      }
    | {
        readonly kind: 'stop-attempt-failed';
        readonly attempt: number;
        readonly failure: Failure;
        readonly willRetry: boolean;
        readonly retryIn?: Duration;
        readonly allowRevert: boolean;
      }
    /** The whole StopDeployment answer as AWS gave it. */
    | {
        readonly kind: 'stop-answered';
        readonly attempt: number;
        readonly allowRevert: boolean;
        readonly answer: JsonObject;
        readonly requestId?: string;
        readonly duration: Duration;
      }
    /** The rollback has taken longer than its deadline; following goes on. */
    | { readonly kind: 'stop-overdue'; readonly state: string; readonly waited: Duration }
    /** The end: `answer` is the whole final GetDeployment, event log included. */
    | {
        readonly kind: 'stop-settled';
        readonly by: StopActor;
        readonly because: readonly string[];
        readonly outcome: StopOutcome;
        readonly answer: JsonObject;
        readonly snapshot: Deployment;
        readonly duration: Duration;
        /** Of the StopDeployment call that was accepted; `requestId` is that of the final GetDeployment. */
        readonly stopRequestId?: string;
        readonly requestId?: string;
      }
    /** Could not be stopped or followed; tried again while the deployment runs. */
    | {
        readonly kind: 'stop-failed';
        readonly failure: Failure;
        readonly attempts: number;
        readonly duration: Duration;
      }
  );

/** What a person told about one deployment, under whichever policies it is watched. */
export type OperatorEvent = DeploymentHeader &
  /** No policy stops it until the hold is released. */
  (
    | { readonly kind: 'deployment-held'; readonly by: string; readonly reason: string }
    | { readonly kind: 'hold-released'; readonly by: string; readonly reason: string }
  );

/** Events of the daemon itself. */
export type DaemonEvent = DaemonHeader &
  (
    | {
        readonly kind: 'daemon-started';
        readonly version: string;
        readonly targets: readonly string[];
        readonly policies: readonly string[];
      }
    | { readonly kind: 'daemon-stopping'; readonly signal: string; readonly stopsInFlight: number }
    | { readonly kind: 'daemon-stopped'; readonly clean: boolean }
    | {
        readonly kind: 'policy-loaded';
        readonly file: string;
        readonly digest: string;
        readonly policies: readonly string[];
        readonly reload: boolean;
      }
    /** A changed file was refused; the old policy stays in force. */
    | { readonly kind: 'policy-rejected'; readonly file: string; readonly errors: readonly string[] }
    | { readonly kind: 'target-unreachable'; readonly target: string; readonly failure: Failure }
    | { readonly kind: 'target-reachable'; readonly target: string; readonly unreachableFor: Duration }
    /** Something could not be discovered (one application, one environment); the rest goes on. */
    | {
        readonly kind: 'discovery-incomplete';
        readonly target: string;
        readonly what: string;
        readonly failure: Failure;
      }
    /** It has lasted: whatever is deployed there is neither watched nor stopped. */
    | {
        readonly kind: 'unguarded';
        readonly target: string;
        readonly what: string;
        readonly since: Instant;
        readonly failure: Failure;
      }
    /** It is read again, or nobody is to look at it any more. */
    | {
        readonly kind: 'guarded-again';
        readonly target: string;
        readonly what: string;
        readonly unguardedFor: Duration;
        /** How many others of the target are unguarded still. */
        readonly left: number;
      }
    /** A deployment that a policy wants, or may want, has ended, and nobody watched it. */
    | {
        readonly kind: 'deployment-missed';
        readonly target: string;
        readonly application: Named;
        readonly environment: Named;
        readonly number: number;
        readonly state: string;
        readonly startedAt?: Instant;
      }
    | { readonly kind: 'cycle-failed'; readonly target: string; readonly failure: Failure }
    /** A cycle took longer than its schedule; the next ones were left out. */
    | { readonly kind: 'cycle-overran'; readonly target: string; readonly duration: Duration }
    /** How often a rule would have stopped what was harmless, measured on placebos for one environment and schedule. */
    | {
        readonly kind: 'rule-calibrated';
        readonly target: string;
        readonly policy: string;
        readonly rule: string;
        readonly application: Named;
        readonly environment: Named;
        readonly calibration: Calibration;
        /**
         * Equal exactly when all it was measured for is the same: rule, environment, schedule, query, options, version. By
         * it a new life knows what it need not measure again. Absent in records of before there was one, as all that follows.
         */
        readonly digest?: string;
        readonly schedule?: Schedule;
        /** Why it was measured (anew). */
        readonly why?: string;
        /** Real milliseconds that were reckoned. */
        readonly duration?: Duration;
        /** The policy has it stop whatever its placebos say. */
        readonly insists?: true;
        /** It could not be measured anew, and the former calibration goes on. */
        readonly keepsFormer?: true;
      }
    | { readonly kind: 'circuit-opened'; readonly stops: number; readonly within: Duration }
    | { readonly kind: 'circuit-closed'; readonly by: string; readonly reason: string }
    /** The first message that ever came by a hook or a queue: from now on its silence means something. */
    | { readonly kind: 'hook-heard'; readonly hook: string }
    /** An alert that says something new; what is sent again is not. */
    | { readonly kind: 'alert-received'; readonly hook: string; readonly alert: Alert }
    /** A message of a queue that could not be taken in; it is deleted there and kept here. */
    | {
        readonly kind: 'message-set-aside';
        readonly queue: string;
        readonly because: string;
        /** As it came, cut to a bound. */
        readonly body: string;
      }
    /** A notifier began a thread, in which what follows of the same story is told: also after a restart. */
    | {
        readonly kind: 'thread-opened';
        readonly notifier: string;
        /** What the thread is about, in the notifier's own words. */
        readonly thread: string;
        /** Names the thread where it is: Slack's `ts` of its first message. */
        readonly id: string;
      }
    | { readonly kind: 'journal-failed'; readonly failure: Failure; readonly lost: number }
    | { readonly kind: 'journal-recovered'; readonly lost: number }
  );

export type WatchdogEvent = WatchEvent | StopEvent | OperatorEvent | DaemonEvent;
export type EventKind = WatchdogEvent['kind'];
