/** PutCompositeAlarm: alarms on the states of other alarms. */
import { z } from 'zod';
import { operation } from '../operation.ts';
import { validationError } from '../rejection.ts';
import { alarmMembers, putChecked } from './put-alarm.ts';
import { alarmsIn, parseRule } from './rule.ts';

export const putCompositeAlarm = operation(
  (shapes) =>
    z.object({
      ...alarmMembers(shapes),
      AlarmRule: shapes.text(10_240),
      ActionsSuppressor: shapes.text(1_600).optional(),
      ActionsSuppressorWaitPeriod: shapes.integer.optional(),
      ActionsSuppressorExtensionPeriod: shapes.integer.optional(),
    }),
  (room, input) => {
    const rule = parseRule(input.AlarmRule);
    for (const name of alarmsIn(rule)) {
      if (room.alarms.find(name) === undefined) {
        throw validationError(`AlarmRule must not contain alarms that do not exist: ${name}.`);
      }
    }
    const { ActionsEnabled: _, Tags: tags, AlarmName: name, ...shown } = input;
    putChecked(room, input, { kind: 'composite', rule, shown });
    return {};
  },
  false,
);
