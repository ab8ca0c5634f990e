/**
 * The seams plugins fill: a source fetches, a judge weighs, a trigger already has an opinion, a hook's format reads what
 * others send, a notifier tells people.
 */
import type { Delivery, StandingAlert } from './alert.ts';
import type { Calibration } from './calibration.ts';
import type { Deployment, DeploymentPlace } from './deployment.ts';
import type { Json } from './json.ts';
import type { Notice } from './notice.ts';
import type { Series } from './series.ts';
import type { Duration, Instant, Window } from './time.ts';
import type { Verdict } from './verdict.ts';
import type { Waiting } from './waiting.ts';

/** Fetches numbers for one target. Throws FailureError; never turns a failure into numbers. */
export interface Source<Query> {
  /** The period of a query. */
  period(query: Query): Duration;
  /**
   * The series of a query over a window. May answer from what it already holds when nothing new can have arrived,
   * and may batch calls that are made in the same turn of the event loop. `settle` is how long after its end a period
   * may still change.
   */
  query(query: Query, window: Window, settle: Duration, signal: AbortSignal): Promise<Series>;
  /** The same, told: for sources that thousands of rules ask at once. */
  tell?(query: Query, window: Window, settle: Duration, signal: AbortSignal, waiting: Waiting<Series>): void;
  /**
   * The query of one deployment, where a query may have places for one. Pure; for equal deployments the very same
   * object, so that what is held of it is found again. Throws FailureError where the deployment's names cannot stand.
   */
  forDeployment?(query: Query, deployment: Deployment): Query;
  /** The same out of what it already holds, at once; undefined when something new can have arrived, or it holds nothing. */
  held?(query: Query, window: Window, settle: Duration): Series | undefined;
}

/** What a judge is shown. */
export interface Evidence {
  readonly deployment: Deployment;
  readonly now: Instant;
  /** One per window the judge asked for, in that order. */
  readonly series: readonly Series[];
  /** What a missing datapoint counts as. */
  readonly noData: 'healthy' | 'breached' | 'inconclusive';
  readonly preExisting: 'ignore' | 'stop';
  /** How long after its end a period may still change: what is settled is at least as old. */
  readonly settle: Duration;
  /** What was measured on placebos, where the judge asks for that; absent until it is known. */
  readonly calibration?: Calibration;
}

/** The past of a metric, in which deployments that never were can be replayed. */
export interface PlaceboHistory {
  /** Whose schedule is replayed. */
  readonly deployment: Deployment;
  readonly series: Series;
  /** Stretches in which something was deployed. */
  readonly avoid: readonly Window[];
  readonly now: Instant;
}

/** How a judge is calibrated. */
interface Calibrating {
  window(deployment: Deployment, now: Instant, period: Duration): Window;
  /** Takes seconds, and is pure: it is run in a thread of its own, by a judge that is made anew there. */
  measure(history: PlaceboHistory): Calibration;
  /** Why a calibration does not hold any more for what the metric was before a deployment; undefined where it does. Pure. */
  outdated?(calibration: Calibration, evidence: Pick<Evidence, 'series' | 'deployment'>): string | undefined;
}

/** Turns numbers into a verdict. Pure: no I/O, no clock, no randomness. */
export interface Judge {
  /** Loads what it weighs by, where that is heavy; awaited before anything else is asked of it. */
  prepare?(): Promise<void>;
  /** Absent where it needs no calibration. */
  readonly calibration?: Calibrating;
  windows(deployment: Deployment, now: Instant, period: Duration): readonly Window[];
  judge(evidence: Evidence): Verdict;
}

/** What a trigger needs of the policy beside its own options. */
export interface TriggerContext {
  readonly deployment: Deployment;
  readonly now: Instant;
  readonly preExisting: 'ignore' | 'stop';
}

/** What a trigger would have said at any instant of a stretch of the past. Pure. */
export interface PastOpinion<Options> {
  check(options: Options, context: TriggerContext): Verdict;
  /** When something came that is looked at at once, oldest first. */
  readonly news: readonly Instant[];
}

/** Answers for one deployment at one instant. Throws FailureError when it could not ask. */
export interface Trigger<Options> {
  check(options: Options, context: TriggerContext, signal: AbortSignal): Promise<Verdict>;
  /**
   * Whether an alert that has just come may count for a deployment at that place, so that one nobody has seen yet is worth
   * looking for. Pure. Absent where no alerts come by themselves.
   */
  mayCount?(options: Options, alert: StandingAlert, place: DeploymentPlace): boolean;
  /**
   * How what it looks at stood over a stretch of the past, as its plugin's `past` reads it. Absent, or undefined, where
   * nobody can be asked about the past. Throws FailureError when it could not ask.
   */
  past?(options: Options, window: Window, signal: AbortSignal): Promise<Json | undefined>;
}

/** A message that came in by a hook or a queue, authenticated already unless the format does that itself. */
export interface Message {
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: Json | undefined;
  /** By lower-case name; the first value of each. Empty where a queue brought it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly receivedAt: Instant;
}

/**
 * Reads what another system sends. Throws FailureError: `malformed` (not this format), `auth` (its signature does not
 * hold), `rejected` (understood, and not wanted here). Nothing in a message leads to a call of this program, except where
 * the format says so and checks the host.
 */
export interface HookFormat {
  /**
   * Where the format signs the body as a whole: throws FailureError `auth` unless the signature holds, before anything of
   * the body is read. Only for hooks; a queue says by itself who may write to it.
   */
  authenticate?(raw: Uint8Array, headers: Message['headers']): void;
  read(message: Message, signal: AbortSignal): Promise<Delivery>;
}

/**
 * Tells people in one channel. Throws FailureError, `retryable` where the same notice may be sent again; does not try
 * again by itself, which is the teller's. No message of a failure holds a secret.
 */
export interface Notifier {
  send(notice: Notice, signal: AbortSignal): Promise<void>;
  /** Lets go of connections; nothing is sent any more. */
  close?(): void;
}
