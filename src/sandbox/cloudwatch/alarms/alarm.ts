/** An alarm: what it watches, what it does, and the state it is in. */
import type { Duration, Instant } from '../../../core/time.ts';
import type { OutputStructure } from '../protocol/output.ts';
import type { PlannedQuery } from '../query/plan.ts';
import type { Rule } from './rule.ts';
import type { AlarmState } from './state.ts';

export interface AlarmStatus {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON, as CloudWatch gives it. */
  readonly reasonData: string | undefined;
  readonly updatedAt: Instant;
  readonly transitionedAt: Instant;
}

interface Common {
  readonly name: string;
  readonly arn: string;
  readonly actionsEnabled: boolean;
  readonly configuredAt: Instant;
  readonly status: AlarmStatus;
  /** What the caller configured, in the members DescribeAlarms shows. */
  readonly shown: OutputStructure;
}

export const COMPARISONS = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const MISSING_DATA = ['missing', 'notBreaching', 'breaching', 'ignore'] as const;
export type MissingData = (typeof MISSING_DATA)[number];

/** How a metric alarm judges: M (`datapointsToAlarm`) of N (`evaluationPeriods`) periods. */
export interface Test {
  readonly queries: readonly PlannedQuery[];
  /** The query that is compared. */
  readonly watched: string;
  readonly period: Duration;
  readonly statistic: string | undefined;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** A number, or the id of an anomaly detection band. */
  readonly threshold: number | string;
  readonly comparison: Comparison;
  readonly missingData: MissingData;
}

export interface MetricAlarm extends Common {
  readonly kind: 'metric';
  readonly test: Test;
  /** When it is evaluated next. */
  readonly nextAt: Instant;
  /** Why the last evaluation could not be done. */
  readonly evaluationError: string | undefined;
}

export interface CompositeAlarm extends Common {
  readonly kind: 'composite';
  readonly rule: Rule;
}

export type Alarm = MetricAlarm | CompositeAlarm;

/** CloudWatch looks at an alarm every minute, at one of shorter periods every period. */
export function cadenceOf({ period }: Test): Duration {
  return Math.min(period, 60_000);
}
