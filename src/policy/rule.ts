/** A rule as it stands in the policy file: numbers and a judge, or a trigger; plugins come from the registries. */
import { z } from 'zod';
import { judges } from '../judges/index.ts';
import { once } from '../lib/once.ts';
import { durationSchema, nameSchema } from '../lib/schema.ts';
import { whenRead } from '../lib/when-read.ts';
import { sources } from '../sources/index.ts';
import { triggers } from '../triggers/index.ts';
import { oneOf } from './one-of.ts';

const ruleName = nameSchema.describe('Name of the rule in reasons, logs and `stopWhen`; unique within its policy.');

export const metricRuleSchema = z.strictObject({
  name: ruleName,
  source: oneOf(sources).describe('Where the numbers come from.'),
  judge: oneOf(judges).describe('What turns the numbers into a verdict.'),
  noData: z
    .enum(['healthy', 'breached', 'inconclusive'])
    .default('inconclusive')
    .describe('What a missing datapoint counts as.'),
  settle: durationSchema
    .prefault('120s')
    .describe('How long after its end a period may still change in the metric store.'),
});

export const triggerRuleSchema = once(() =>
  z.strictObject({
    name: ruleName,
    trigger: oneOf(triggers).describe('Who already has an opinion.'),
  }),
);

export const ruleSchema = z.union(
  [metricRuleSchema, whenRead(triggerRuleSchema)],
  'expected a rule with source and judge, or a rule with trigger',
);
