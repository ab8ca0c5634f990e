/** The seams plugins fill: a source fetches, a judge weighs, a trigger already has an opinion. */
import type { Deployment } from './deployment.ts';
import type { Series } from './series.ts';
import type { Duration, Instant, Window } from './time.ts';
import type { Verdict } from './verdict.ts';

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
}

/** Turns numbers into a verdict. Pure: no I/O, no clock, no randomness. */
export interface Judge {
  windows(deployment: Deployment, now: Instant, period: Duration): readonly Window[];
  judge(evidence: Evidence): Verdict;
}

/** What a trigger needs of the policy beside its own options. */
export interface TriggerContext {
  readonly deployment: Deployment;
  readonly now: Instant;
  readonly preExisting: 'ignore' | 'stop';
}

/** Answers for one deployment at one instant. Throws FailureError when it could not ask. */
export interface Trigger<Options> {
  check(options: Options, context: TriggerContext, signal: AbortSignal): Promise<Verdict>;
}
