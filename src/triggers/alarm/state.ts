/** One alarm as this program reads it from DescribeAlarms, metric and composite alike. */
import type { CompositeAlarm, DescribeAlarmsOutput, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { cleanMessage } from '../../aws/failure.ts';
import { listOf, textOf } from '../../aws/members.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/time.ts';

type AlarmValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmState {
  readonly name: string;
  readonly arn: string;
  readonly value: AlarmValue;
  /** When it came into this state. */
  readonly since: Instant;
  /** Cleaned and capped; empty when CloudWatch gave none. */
  readonly reason: string;
  readonly actionsEnabled: boolean;
}

function isValue(text: string | undefined): text is AlarmValue {
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

/** Throws a `malformed` FailureError when name, state or time are missing or a state is one of tomorrow. */
function stateOf(alarm: MetricAlarm | CompositeAlarm): AlarmState {
  const { StateValue: value } = alarm;
  const name = textOf(alarm.AlarmName, 'DescribeAlarms: AlarmName');
  const arn = textOf(alarm.AlarmArn, 'DescribeAlarms: AlarmArn');
  if (name === undefined) throw malformed('an alarm has no name');
  const since = sinceOf(alarm);
  if (!isValue(value)) throw malformed(`alarm "${name}" has state ${value}; expected OK, ALARM or INSUFFICIENT_DATA`);
  if (since === undefined) throw malformed(`alarm "${name}" does not say since when it is in ${value}`);
  const reason = cleanMessage(textOf(alarm.StateReason, 'DescribeAlarms: StateReason') ?? '');
  return { name, arn: arn ?? '', value, since, reason, actionsEnabled: alarm.ActionsEnabled ?? true };
}

export function statesOf(output: DescribeAlarmsOutput): readonly AlarmState[] {
  const metric = listOf(output.MetricAlarms, 'DescribeAlarms: MetricAlarms');
  const composite = listOf(output.CompositeAlarms, 'DescribeAlarms: CompositeAlarms');
  return [...metric, ...composite].map(stateOf);
}
