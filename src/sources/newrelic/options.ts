/** A query to New Relic as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { secretSchema } from '../../lib/secret.ts';
import { foldSchema } from '../../remote/fold.ts';
import { baseUrlSchema, connectionShape, periodSchema, tlsProblem } from '../../remote/options.ts';
import { nrqlProblem } from './nrql.ts';

export const newrelicOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('newrelic'),
      account: z.int().min(1).describe('Account number.'),
      region: z.enum(['us', 'eu']).default('us').describe('Data centre of the account.'),
      url: baseUrlSchema()
        .exactOptional()
        .describe("Address of NerdGraph, when not the region's own (a proxy): all of it, with /graphql."),
      apiKey: secretSchema.describe('User key.'),
      query: z
        .string()
        .min(1)
        .max(4_096)
        .superRefine((text, context) => {
          const problem = nrqlProblem(text);
          if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
        })
        .describe(
          "NRQL without SINCE, UNTIL and TIMESERIES, which are added. {{deployment.application}} and the like may stand inside its strings ('…').",
        ),
      value: z
        .string()
        .min(1)
        .exactOptional()
        .describe(
          'Name of the number in a row of the answer, where the query selects several, such as percentile.duration.95.',
        ),
      period: periodSchema().describe('Length of a bucket.'),
      fold: foldSchema(),
      ...connectionShape(),
    })
    .superRefine((options, context) => {
      const problem = tlsProblem(options.url ?? 'https:', options.tls);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['tls'], message: problem });
    }),
);

export type NewRelicQuery = z.output<ReturnType<typeof newrelicOptions>>;
