/** DescribeAlarms. */
import { z } from 'zod';
import { pageOfList } from '../list-page.ts';
import { operation } from '../operation.ts';
import type { OutputStructure } from '../protocol/output.ts';
import { digestOf } from '../query/page.ts';
import { validationError } from '../rejection.ts';
import type { Alarm } from './alarm.ts';
import { alarmsIn } from './rule.ts';
import { ALARM_STATES } from './state.ts';

const MOST = 100;

export const describeAlarms = operation(
  ({ list, text, integer }) =>
    z.object({
      AlarmNames: list(text(255)).optional(),
      AlarmNamePrefix: text(255).optional(),
      AlarmTypes: list(z.enum(['MetricAlarm', 'CompositeAlarm'])).optional(),
      ChildrenOfAlarmName: text(255).optional(),
      ParentsOfAlarmName: text(255).optional(),
      StateValue: z.enum(ALARM_STATES).optional(),
      ActionPrefix: text(1_024).optional(),
      MaxRecords: integer.optional(),
      NextToken: z.string().optional(),
    }),
  ({ alarms }, input) => {
    const { AlarmNames: names = [], MaxRecords: most = MOST, NextToken: token, ...filter } = input;
    if (names.length > MOST) throw validationError(`AlarmNames must not hold more than ${MOST} names.`);
    if (names.length > 0 && input.AlarmNamePrefix !== undefined) {
      throw validationError('AlarmNames and AlarmNamePrefix must not be specified together.');
    }
    if (most < 1 || most > MOST) throw validationError(`MaxRecords must be between 1 and ${MOST}, found ${most}.`);
    const all = alarms.all();
    const family = familyOf(input.ChildrenOfAlarmName, input.ParentsOfAlarmName, all);
    const found = (family ?? all).filter((alarm) => matches(alarm, names, input));
    const { items, nextToken } = pageOfList(found, most, digestOf([names, filter]), token);
    return {
      MetricAlarms: items.filter(({ kind }) => kind === 'metric').map(describe),
      CompositeAlarms: items.filter(({ kind }) => kind === 'composite').map(describe),
      NextToken: nextToken,
    };
  },
);

interface Filter {
  readonly AlarmNamePrefix?: string | undefined;
  readonly AlarmTypes?: readonly ('MetricAlarm' | 'CompositeAlarm')[] | undefined;
  readonly StateValue?: Alarm['status']['value'] | undefined;
  readonly ActionPrefix?: string | undefined;
  readonly ChildrenOfAlarmName?: string | undefined;
  readonly ParentsOfAlarmName?: string | undefined;
}

/** Without AlarmTypes only metric alarms are described, unless relatives of a composite alarm are asked for. */
function matches(alarm: Alarm, names: readonly string[], filter: Filter): boolean {
  const ofFamily = filter.ChildrenOfAlarmName !== undefined || filter.ParentsOfAlarmName !== undefined;
  const { AlarmTypes: types = [] } = filter;
  const type = alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm';
  const wanted = types.length > 0 ? types.includes(type) : ofFamily || type === 'MetricAlarm';
  if (!wanted || (names.length > 0 && !names.includes(alarm.name))) return false;
  if (!alarm.name.startsWith(filter.AlarmNamePrefix ?? '')) return false;
  if (filter.StateValue !== undefined && filter.StateValue !== alarm.status.value) return false;
  return filter.ActionPrefix === undefined || hasAction(alarm, filter.ActionPrefix);
}

function hasAction({ shown }: Alarm, prefix: string): boolean {
  const actions = [shown.OKActions, shown.AlarmActions, shown.InsufficientDataActions].flat();
  return actions.some((action) => typeof action === 'string' && action.startsWith(prefix));
}

/** The alarms a composite names, or the composites that name an alarm; undefined when neither is asked for. */
function familyOf(
  parent: string | undefined,
  child: string | undefined,
  all: readonly Alarm[],
): readonly Alarm[] | undefined {
  if (parent === undefined && child === undefined) return undefined;
  const names = (alarm: Alarm, other: Alarm) =>
    alarm.kind === 'composite' && alarmsIn(alarm.rule).some((each) => each === other.name || each === other.arn);
  const named = all.find(({ name }) => name === (parent ?? child));
  if (named === undefined) return [];
  return all.filter((alarm) => (parent !== undefined ? names(named, alarm) : names(alarm, named)));
}

function describe(alarm: Alarm): OutputStructure {
  const { status, evaluationError } = { evaluationError: undefined, ...alarm };
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    ...alarm.shown,
    ActionsEnabled: alarm.actionsEnabled,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    StateValue: status.value,
    StateReason: status.reason.slice(0, 1_023),
    StateReasonData: status.reasonData?.slice(0, 4_000),
    StateUpdatedTimestamp: new Date(status.updatedAt),
    StateTransitionedTimestamp: new Date(status.transitionedAt),
    ...(evaluationError === undefined ? {} : { EvaluationState: 'EVALUATION_ERROR' }),
  };
}
