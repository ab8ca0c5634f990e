/** Which alerts of a hook speak for a deployment, as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { nameSchema } from '../../lib/schema.ts';
import { templateSchema } from '../../lib/template.ts';

const globTemplate = once(() => templateSchema.max(512));
const globTemplates = once(() =>
  z
    .union(
      [globTemplate(), z.array(globTemplate()).min(1, 'expected at least one')],
      'expected a glob or a list of globs',
    )
    .transform((globs): readonly string[] => (typeof globs === 'string' ? [globs] : globs)),
);

const PLACES = 'may hold {{deployment.application}}, {{deployment.environment}}, … which stand for themselves';

const whereSchema = once(() =>
  z
    .strictObject({
      name: globTemplates().optional().describe(`Globs on the name of the alert; one or a list; ${PLACES}.`),
      labels: z
        .record(z.string().min(1).max(255), globTemplates())
        .refine((labels) => Object.keys(labels).length > 0, 'expected at least one label')
        .optional()
        .describe(`Labels it must carry, each with a value that fits one of its globs, which ${PLACES}.`),
      status: globTemplates()
        .optional()
        .describe(
          "Globs on the sender's own word for the state (ALARM, INSUFFICIENT_DATA, No Data, …) that count; without it whatever fires.",
        ),
    })
    .refine(({ name, labels }) => name !== undefined || labels !== undefined, {
      error: 'expected name or labels: otherwise any alert would stop every deployment',
    }),
);

export const webhookOptions = once(() =>
  z.strictObject({
    kind: z.literal('webhook'),
    hook: nameSchema.describe('Name of the hook or queue in `hooks` or `queues` that the alerts come by.'),
    where: whereSchema().describe('Which of its alerts count for a deployment; all given keys must fit.'),
  }),
);

export type WebhookOptions = z.output<ReturnType<typeof webhookOptions>>;
