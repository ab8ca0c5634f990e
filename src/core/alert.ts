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
