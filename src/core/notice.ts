/** What people are told: one happening with its numbers, before any channel puts it into its own form. */
import type { DeploymentRef, Named } from './deployment.ts';
import type { Instant } from './time.ts';

/** From least to most severe. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What can be told. A stable vocabulary: receivers select by it. */
export const NOTICE_KINDS = [
  'breach-seen',
  'breach-over',
  'would-have-stopped',
  'stop-withheld',
  'stop-held-by-circuit',
  'stop-requested',
  'rolled-back',
  'stop-already-over',
  'stop-failed',
  'stop-overdue',
  'recovered',
  'not-recovered',
  'recovery-unknown',
  'completed-in-spite',
  'never-judged',
  'deployment-missed',
  'rule-unknown',
  'rule-known-again',
  'rule-only-advises',
  'watch-over',
  'held',
  'hold-released',
  'circuit-opened',
  'circuit-closed',
  'policy-rejected',
  'policy-loaded',
  'target-unreachable',
  'target-reachable',
  'discovery-incomplete',
  'unguarded',
  'guarded-again',
  'pass-failed',
  'journal-failed',
  'journal-recovered',
  'message-set-aside',
  'watchdog-started',
  'watchdog-stopping',
  'watchdog-stopped',
  'stop-cut-off',
  'notices-left-out',
  'test',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** The deployment a notice is about. */
export interface NoticeSubject {
  readonly ref: DeploymentRef;
  readonly account?: string;
  readonly application: Named;
  readonly environment: Named;
  readonly profile: Named;
  readonly version: string;
  readonly state: string;
  /** 0..100. */
  readonly percentage: number;
  /** The largest share of the clients that had it so far, 0..100. */
  readonly peak: number;
}

/** What somebody has to look after until it is over. */
export interface Incident {
  readonly action: 'open' | 'close';
  /** Equal for what opens one and what closes it. Several of one thread may be open at once. */
  readonly key: string;
}

export interface Notice {
  /** Equal exactly when it is about the same happening: what is sent twice is told once. */
  readonly id: string;
  readonly at: Instant;
  readonly kind: NoticeKind;
  readonly severity: Severity;
  /** One line, plain text. */
  readonly title: string;
  /** Every reason, each a line of plain text, with its numbers. */
  readonly because: readonly string[];
  /** Name and value, plain text, in the order a person reads them. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly links: readonly { readonly text: string; readonly url: string }[];
  /** Notices of one story (one deployment, one target, the daemon) share it. */
  readonly thread: string;
  /** Whether it opens an incident, or closes one; neither for what needs nobody. */
  readonly incident?: Incident;
  readonly subject?: NoticeSubject;
  /** Names of the policies it concerns, whose routes it takes; none for what is the daemon's own. */
  readonly policies: readonly string[];
}
