/** Which CloudWatch alarms speak for a deployment, as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { roleSchema } from '../../lib/schema.ts';

const alarmName = once(() => z.string().min(1).max(255));

export const alarmOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('alarm'),
      names: z
        .array(alarmName())
        .min(1)
        .optional()
        .describe('Metric or composite alarms by name; one that does not exist makes the rule unknown.'),
      prefix: alarmName().optional().describe('All alarms whose name begins with this, beside those in `names`.'),
      tags: z
        .record(z.string().min(1).max(128), z.string().max(256))
        .optional()
        .describe('All alarms that carry all of these tags; with `prefix`, those of the prefix that do.'),
      region: z.string().min(1).optional().describe("Region to ask, when it is not the target's."),
      role: roleSchema().optional().describe('Role to assume for this trigger.'),
      insufficientData: z
        .enum(['ignore', 'breached'])
        .default('ignore')
        .describe('What an alarm in INSUFFICIENT_DATA means: nothing (the rule cannot tell), or the same as ALARM.'),
    })
    .superRefine(({ names, prefix, tags }, context) => {
      if (names === undefined && prefix === undefined && tags === undefined) {
        context.addIssue({ code: 'custom', path: [], message: 'expected at least one of names, prefix and tags' });
      }
      if (tags !== undefined && Object.keys(tags).length === 0) {
        context.addIssue({ code: 'custom', path: ['tags'], message: 'expected at least one tag' });
      }
      const twice = names?.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined) {
        context.addIssue({ code: 'custom', path: ['names'], message: `alarm "${twice}" is named twice` });
      }
    }),
);

export type AlarmOptions = z.output<ReturnType<typeof alarmOptions>>;
