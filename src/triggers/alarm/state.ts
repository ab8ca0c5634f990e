/** One alarm as this program reads it from DescribeAlarms, metric and composite alike. */
import type { CompositeAlarm, DescribeAlarmsOutput, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { cleanMessage } from '../../aws/failure.ts';
import { listOf, textOf } from '../../aws/members.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/time.ts';

type KnownValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmState {
  readonly name: string;
  readonly arn: string;
  /** `UNREADABLE`: a state of tomorrow, or one without its time; `fault` says which. */
  readonly value: KnownValue | 'UNREADABLE';
  /** When it came into this state. */
  readonly since: Instant;
  /** Cleaned and capped; empty when CloudWatch gave none. */
  readonly reason: string;
  readonly actionsEnabled: boolean;
  readonly fault?: FailureError;
}

export function isValue(text: string | undefined): text is KnownValue {
  return text === 'OK' || text === 'ALARM' || text === 'INSUFFICIENT_DATA';
}

function malformed(message: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: true, message: `DescribeAlarms: ${message}` });
}

/**
 * StateTransitionedTimestamp is when the value changed. Where an older service leaves it out, StateUpdatedTimestamp
 * stands in; that one may be later, since it also moves when only the reason changes.
 */
function sinceOf(alarm: MetricAlarm | CompositeAlarm): Instant | undefined {
  const at = (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime();
  return at === undefined || Number.isNaN(at) ? undefined : at;
}

/** Why a state cannot be read; that says nothing about the other alarms of the answer. */
function faultOf({ AlarmName: name, StateValue: value }: MetricAlarm | CompositeAlarm): FailureError {
  if (isValue(value)) return malformed(`alarm "${name}" does not say since when it is in ${value}`);
  return malformed(`alarm "${name}" has state ${value}; expected OK, ALARM or INSUFFICIENT_DATA`);
}

/** Throws a `malformed` FailureError when the alarm has no name: it could be any. */
function stateOf(alarm: MetricAlarm | CompositeAlarm): AlarmState {
  const { StateValue: value } = alarm;
  const name = textOf(alarm.AlarmName, 'DescribeAlarms: AlarmName');
  const arn = textOf(alarm.AlarmArn, 'DescribeAlarms: AlarmArn') ?? '';
  if (name === undefined) throw malformed('an alarm has no name');
  const since = sinceOf(alarm);
  const reason = cleanMessage(textOf(alarm.StateReason, 'DescribeAlarms: StateReason') ?? '');
  const actionsEnabled = alarm.ActionsEnabled ?? true;
  if (isValue(value) && since !== undefined) return { name, arn, value, since, reason, actionsEnabled };
  return { name, arn, value: 'UNREADABLE', since: since ?? 0, reason, actionsEnabled, fault: faultOf(alarm) };
}

export function statesOf(output: DescribeAlarmsOutput): readonly AlarmState[] {
  const metric = listOf(output.MetricAlarms, 'DescribeAlarms: MetricAlarms');
  const composite = listOf(output.CompositeAlarms, 'DescribeAlarms: CompositeAlarms');
  return [...metric, ...composite].map(stateOf);
}
