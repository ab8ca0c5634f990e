/** A rule as it stands in the policy file: numbers and a judge, or a trigger; plugins come from the registries. */
import { z } from 'zod';
import { judges } from '../judges/index.ts';
import { durationSchema, nameSchema } from '../lib/schema.ts';
import { sources } from '../sources/index.ts';
import { triggers } from '../triggers/index.ts';

/** The options of one plugin out of a registry, told apart by `kind`. */
export function oneOf<Plugin extends { readonly kind: string; readonly options: z.ZodObject }>(
  plugins: readonly Plugin[],
) {
  const [first, ...rest] = plugins.map((plugin): Plugin['options'] => plugin.options);
  if (first === undefined) throw new Error('a registry of plugins is empty');
  const kinds = plugins.map((plugin) => plugin.kind).join(' | ');
  return z.discriminatedUnion('kind', [first, ...rest], {
    error: (issue) => (issue.code === 'invalid_union' ? `expected ${kinds}` : undefined),
  });
}

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

export const triggerRuleSchema = z.strictObject({
  name: ruleName,
  trigger: oneOf(triggers).describe('Who already has an opinion.'),
});

export const ruleSchema = z.union(
  [metricRuleSchema, triggerRuleSchema],
  'expected a rule with source and judge, or a rule with trigger',
);
