/** An alert as another system sent it: what it says, about what, and since when. */
import type { Instant } from './time.ts';

export interface Alert {
  /** Equal for everything the sender says about the same thing: firing, sent again, resolved. */
  readonly key: string;
  /** What the sender calls it: the alert's rule, alarm or monitor. */
  readonly name: string;
  /** `other` is neither: no data, a warning, acknowledged; `status` says what. */
  readonly state: 'firing' | 'resolved' | 'other';
  /** The sender's own word for the state: `ALARM`, `firing`, `Re-Triggered`, … */
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when it has been in this state, as the sender says; without it the moment it arrived counts. */
  readonly since?: Instant;
  /** One line for a person, in the sender's words. */
  readonly summary: string;
  /** Where a person can look, as the sender says; never followed by this program. */
  readonly url?: string;
}

/** What a message says of a deployment: worth looking for now. */
export interface DeploymentHint {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly number?: number;
  readonly account?: string;
  readonly region?: string;
}

/** What one message brought. */
export interface Delivery {
  readonly alerts: readonly Alert[];
  readonly deployments: readonly DeploymentHint[];
  /** What else was done, for the log: a subscription that was confirmed, a test message. */
  readonly note?: string;
}

/** An alert as it stands, folded from everything that was sent about it. */
export interface StandingAlert {
  readonly alert: Alert;
  /** Since when it has been in this state without a break. */
  readonly since: Instant;
  /** When that was first heard. */
  readonly arrivedAt: Instant;
}

/** What is known of alerts, by hook. */
export interface AlertBoard {
  of(hook: string): readonly StandingAlert[];
  /** Whether anything ever came by this hook: without that, silence says nothing. */
  isHeard(hook: string): boolean;
}

function sameState(one: Alert, other: Alert): boolean {
  return one.state === other.state && (one.state !== 'other' || one.status === other.status);
}

/**
 * How an alert stands after one more message; undefined when it says nothing new. What is sent again is one: the same
 * state without a later beginning. What is older than what is known came late, and says nothing. A state that goes on
 * keeps its beginning, unless the sender says that it began anew.
 */
export function stand(before: StandingAlert | undefined, alert: Alert, at: Instant): StandingAlert | undefined {
  const standing = { alert, since: alert.since ?? at, arrivedAt: at };
  if (before === undefined) return standing;
  const saidBoth = alert.since !== undefined && before.alert.since !== undefined;
  if (saidBoth && standing.since < before.since) return undefined;
  if (!sameState(before.alert, alert)) return standing;
  return saidBoth && standing.since > before.since ? standing : undefined;
}
