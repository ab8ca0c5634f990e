/** SetAlarmState, DeleteAlarms, EnableAlarmActions and DisableAlarmActions. */
import { z } from 'zod';
import { operation, type Room } from '../operation.ts';
import type { Shapes } from '../protocol/shapes.ts';
import { invalidFormat, resourceNotFound, validationError } from '../rejection.ts';
import type { Alarm } from './alarm.ts';
import { alarmsIn } from './rule.ts';
import { ALARM_STATES } from './state.ts';

export const setAlarmState = operation(
  ({ text }) =>
    z.object({
      AlarmName: text(255),
      StateValue: z.enum(ALARM_STATES),
      StateReason: z.string().max(1_023),
      StateReasonData: z.string().max(4_000).optional(),
    }),
  ({ alarms }, { AlarmName: name, StateValue: state, StateReason: reason, StateReasonData: data }) => {
    if (alarms.find(name)?.name !== name) throw resourceNotFound(`Unknown alarm: ${name}`);
    if (data !== undefined && !isJson(data)) throw invalidFormat('StateReasonData must be valid JSON.');
    alarms.setState(name, state, reason, data);
    return {};
  },
  false,
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const names = ({ list, text }: Shapes) => z.object({ AlarmNames: list(text(255)) });

/** All or none: an unknown name, or an alarm a remaining composite names, refuses the whole call. */
export const deleteAlarms = operation(
  names,
  ({ alarms }, { AlarmNames: asked }) => {
    const doomed = asked.map((name) => {
      const alarm = alarms.find(name);
      if (alarm?.name !== name) throw resourceNotFound(`Unknown alarm: ${name}`);
      return alarm;
    });
    if (doomed.length > 1 && doomed.some(({ kind }) => kind === 'composite')) {
      throw validationError('DeleteAlarms takes one composite alarm at a time, and no metric alarms with it.');
    }
    for (const alarm of doomed) checkUnused(alarm, alarms.all());
    for (const { name } of doomed) alarms.remove(name);
    return {};
  },
  false,
);

function checkUnused(alarm: Alarm, all: readonly Alarm[]): void {
  const user = all.find(
    (other) =>
      other.kind === 'composite' &&
      other.name !== alarm.name &&
      alarmsIn(other.rule).some((each) => each === alarm.name || each === alarm.arn),
  );
  if (user !== undefined)
    throw validationError(`Alarm ${alarm.name} cannot be deleted: composite alarm ${user.name} names it.`);
}

/** Names that are not alarms are passed over, as CloudWatch does. */
const switchActions = (enabled: boolean) => (room: Room, input: { readonly AlarmNames: readonly string[] }) => {
  for (const name of input.AlarmNames) room.alarms.setActionsEnabled(name, enabled);
  return {};
};

export const enableAlarmActions = operation(names, switchActions(true), false);
export const disableAlarmActions = operation(names, switchActions(false), false);
