/** What the cross-field rules look at: the parts of a file that can be read, whatever else is wrong with it. */
import { z } from 'zod';
import { accountOfRole } from '../lib/schema.ts';
import { targetName } from './target.ts';

/** Undefined where there is nothing, or something of another type: that is told by the schema. */
const text = z.string().optional().catch(undefined);
const texts = z.array(text).optional().catch(undefined);

const targetOutline = z
  .object({
    name: text,
    region: text,
    account: text,
    assumeRole: z.object({ arn: text, externalId: text }).optional().catch(undefined),
  })
  .transform((target) => {
    const account = target.account ?? accountOfRole(target.assumeRole?.arn ?? '');
    const name = target.name ?? (target.region === undefined ? undefined : targetName(target.region, account));
    return { ...target, named: name };
  })
  .optional()
  .catch(undefined);

const ruleOutline = z
  .object({ name: text, trigger: z.object({ kind: text, hook: text }).optional().catch(undefined) })
  .optional()
  .catch(undefined);

const routesOutline = z.array(z.object({ to: text }).optional().catch(undefined)).catch([]);

const policyOutline = z
  .object({
    name: text,
    match: z.object({ targets: texts }).optional().catch(undefined),
    stopWhen: z.unknown().optional(),
    rules: z.array(ruleOutline).catch([]),
    notify: routesOutline,
  })
  .optional()
  .catch(undefined);

/** A hook with whatever options its format has. */
const hookOutline = z.looseObject({ kind: text }).optional().catch(undefined);

export const outlineSchema = z
  .object({
    targets: z.array(targetOutline).catch([]),
    policies: z.array(policyOutline).catch([]),
    hooks: z.record(z.string(), hookOutline).catch({}),
    queues: z.record(z.string(), z.unknown()).catch({}),
    http: z
      .object({ enabled: z.unknown().optional(), host: text.optional() })
      .catch({ enabled: undefined, host: undefined }),
    /** Names only. */
    notifiers: z
      .record(z.string(), z.unknown())
      .catch({})
      .transform((notifiers) => Object.keys(notifiers)),
    notify: routesOutline,
  })
  .catch({
    ...{ targets: [], policies: [], notifiers: [], notify: [] },
    ...{ hooks: {}, queues: {}, http: { enabled: undefined, host: undefined } },
  });

export type Outline = z.output<typeof outlineSchema>;
export type HookOutline = NonNullable<Outline['hooks'][string]>;
export type PolicyOutline = Outline['policies'][number];
