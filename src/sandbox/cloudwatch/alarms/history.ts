/** What happened to alarms, as DescribeAlarmHistory tells it. */
import type { Instant } from '../../../core/time.ts';
import type { Alarm, AlarmStatus } from './alarm.ts';

export interface HistoryItem {
  readonly alarm: string;
  readonly alarmType: 'MetricAlarm' | 'CompositeAlarm';
  readonly at: Instant;
  readonly kind: 'StateUpdate' | 'ConfigurationUpdate';
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

export interface History {
  add(item: HistoryItem): void;
  /** Oldest first. */
  all(): readonly HistoryItem[];
}

/** CloudWatch keeps 30 days; here also no more than so many items. */
const MOST_ITEMS = 10_000;

export function createHistory(): History {
  let items: HistoryItem[] = [];
  return {
    add(item) {
      items.push(item);
      if (items.length > 2 * MOST_ITEMS) items = items.slice(-MOST_ITEMS);
    },
    all: () => items,
  };
}

const typeOf = (alarm: Alarm) => (alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm');

export function stateUpdate(alarm: Alarm, before: AlarmStatus, at: Instant): HistoryItem {
  const state = ({ value, reason, reasonData }: AlarmStatus) => ({
    stateValue: value,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: parsed(reasonData) }),
  });
  const data = { version: '1.0', oldState: state(before), newState: state(alarm.status) };
  const summary = `Alarm updated from ${before.value} to ${alarm.status.value}`;
  return { alarm: alarm.name, alarmType: typeOf(alarm), at, kind: 'StateUpdate', summary, data: JSON.stringify(data) };
}

export function configurationUpdate(alarm: Alarm, what: 'Create' | 'Update' | 'Delete', at: Instant): HistoryItem {
  const done = { Create: 'created', Update: 'updated', Delete: 'deleted' }[what];
  const data = { version: '1.0', type: what, [`${done}Alarm`]: { alarmName: alarm.name, alarmArn: alarm.arn } };
  const summary = `Alarm "${alarm.name}" ${done}`;
  return {
    alarm: alarm.name,
    alarmType: typeOf(alarm),
    at,
    kind: 'ConfigurationUpdate',
    summary,
    data: JSON.stringify(data),
  };
}

/** Data that a caller of SetAlarmState gave may be any text. */
function parsed(reasonData: string): unknown {
  try {
    return JSON.parse(reasonData);
  } catch {
    return reasonData;
  }
}
