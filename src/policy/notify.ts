/** The parts of the policy file that say who is told what. */
import { z } from 'zod';
import { NOTICE_KINDS, SEVERITIES } from '../core/notice.ts';
import { once } from '../lib/once.ts';
import { nameSchema } from '../lib/schema.ts';
import { fillTemplateProbe, templateSchema } from '../lib/template.ts';
import { whenRead } from '../lib/when-read.ts';
import { notifiers } from '../notifiers/index.ts';
import { oneOf } from './one-of.ts';

export const notifiersSchema = z.record(nameSchema, oneOf(notifiers));

const routeSchema = once(() =>
  z.strictObject({
    to: z.string().min(1).describe('Name of a notifier of this file.'),
    severity: z
      .enum(SEVERITIES)
      .default('info')
      .describe('The least severe that is told; who was told of an incident is told of its end, whatever stands here.'),
    kinds: z
      .array(z.enum(NOTICE_KINDS))
      .min(1, 'expected at least one kind: without any nothing is told')
      .exactOptional()
      .describe('Only these kinds of notices (docs/notifications.md lists them); without it all.'),
  }),
);

export const routesSchema = z.array(whenRead(routeSchema));

function leadsToTheWeb(text: string): boolean {
  const url = URL.parse(fillTemplateProbe(text));
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

const linkSchema = once(() =>
  z.strictObject({
    text: templateSchema.max(60).describe('What the link says.'),
    url: templateSchema
      .max(1_000)
      .refine(leadsToTheWeb, 'expected an http:// or https:// URL')
      .describe('Where it leads; may hold places such as `{{deployment.application}}`.'),
  }),
);

export const linksSchema = z.array(whenRead(linkSchema)).max(9);

/** Names of notifiers no route leads to: they are never told anything. */
export function unusedNotifiers(config: {
  readonly notifiers: Readonly<Record<string, unknown>>;
  readonly notify: z.output<typeof routesSchema>;
  readonly policies: readonly { readonly notify: z.output<typeof routesSchema> }[];
}): readonly string[] {
  const routes = [...config.notify, ...config.policies.flatMap((policy) => policy.notify)];
  const used = new Set(routes.map(({ to }) => to));
  return Object.keys(config.notifiers).filter((name) => !used.has(name));
}
