/** A query to Prometheus, or to what speaks its API, as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { foldSchema } from '../../remote/fold.ts';
import { baseUrlSchema, endpointShape, periodSchema, tlsProblem } from '../../remote/options.ts';
import { quotedProblem } from '../../remote/quoted.ts';
import { PROMQL } from './promql.ts';

const querySchema = once(() =>
  z
    .string()
    .min(1)
    .max(8_192)
    .superRefine((text, context) => {
      const problem = quotedProblem(text, PROMQL);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
);

export const prometheusOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('prometheus'),
      url: baseUrlSchema().describe(
        'Address the API stands behind, without /api/v1: http://prometheus:9090, https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-….',
      ),
      query: querySchema().describe(
        'PromQL that gives one series. {{deployment.application}} and the like may stand inside its strings.',
      ),
      period: periodSchema().describe(
        'Step: one value a period, evaluated at its end. Ranges in the query (rate(…[1m])) should be as long.',
      ),
      instant: z
        .boolean()
        .default(false)
        .describe(
          'Ask instant queries, one at the end of each period, and keep their values in memory; for servers that allow no range queries. After a restart there is no history.',
        ),
      fold: foldSchema(),
      infinite: z
        .enum(['fail', 'missing'])
        .default('fail')
        .describe('What ±Inf (a division by zero) is: an error, or no value. NaN is no value.'),
      partial: z
        .enum(['fail', 'accept'])
        .default('fail')
        .describe('An answer that comes with warnings or says that it is partial: an error, or taken as it is.'),
      method: z.enum(['POST', 'GET']).default('POST').describe('GET, where something on the way lets no POST through.'),
      ...endpointShape(),
    })
    .superRefine((options, context) => {
      const problem = tlsProblem(options.url, options.tls);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['tls'], message: problem });
    }),
);

export type PrometheusQuery = z.output<ReturnType<typeof prometheusOptions>>;
