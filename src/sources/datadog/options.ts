/** A query to Datadog's metrics as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { secretSchema } from '../../lib/secret.ts';
import { templateProblem } from '../../lib/template.ts';
import { foldSchema } from '../../remote/fold.ts';
import { baseUrlSchema, connectionShape, periodSchema, tlsProblem } from '../../remote/options.ts';

const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const;

const querySchema = once(() =>
  z
    .string()
    .min(1)
    .max(8_192)
    .superRefine((text, context) => {
      const problem = templateProblem(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
);

const queryName = once(() =>
  z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected a name of lowercase letters, digits and underscores'),
);

interface Shape {
  readonly api: 'v1' | 'v2';
  readonly query?: string;
  readonly queries?: Readonly<Record<string, string>>;
  readonly formula?: string;
}

function problemOf({ api, query, queries, formula }: Shape): readonly [string, string] | undefined {
  if ((query === undefined) === (queries === undefined))
    return ['query', 'expected `query`, or `queries` with `formula`'];
  if (query !== undefined)
    return formula === undefined ? undefined : ['formula', 'expected `formula` only beside `queries`'];
  if (api === 'v1') return ['queries', 'expected one `query`: v1 has no formulas'];
  if (formula === undefined) return ['queries', 'expected `formula` beside it, which says how they become one series'];
  const words = new Set(formula.match(/[a-z][a-z0-9_]*/g));
  const unused = Object.keys(queries ?? {}).find((name) => !words.has(name));
  return unused === undefined
    ? undefined
    : ['formula', `expected a formula that uses every query: ${unused} is not in it`];
}

export const datadogOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('datadog'),
      site: z.enum(SITES).default('datadoghq.com').describe('Site of the organisation.'),
      url: baseUrlSchema()
        .exactOptional()
        .describe("Address of the API, when not the site's own (a proxy), without /api/…."),
      api: z.enum(['v2', 'v1']).default('v2').describe('v1: /api/v1/query; v2: /api/v2/query/timeseries.'),
      query: querySchema()
        .exactOptional()
        .describe(
          'Metric query, such as sum:errors{env:prod}.as_count(). {{deployment.environment}} and the like may stand in it, as a tag value; they go in as Datadog writes tags. With v1 it needs a .rollup(…) as long as the period.',
        ),
      queries: z
        .record(queryName(), querySchema())
        .exactOptional()
        .describe('Several queries by the name the formula uses; v2 only.'),
      formula: z
        .string()
        .min(1)
        .max(2_048)
        .exactOptional()
        .describe('How `queries` become one series: 100 * errors / requests.'),
      period: periodSchema().describe('Interval of the points.'),
      fold: foldSchema(),
      apiKey: secretSchema.describe('API key (DD-API-KEY).'),
      applicationKey: secretSchema.describe('Application key (DD-APPLICATION-KEY) with the scope timeseries_query.'),
      ...connectionShape(),
    })
    .superRefine((options, context) => {
      const tls = tlsProblem(options.url ?? 'https:', options.tls);
      if (tls !== undefined) context.addIssue({ code: 'custom', path: ['tls'], message: tls });
      const problem = problemOf(options);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem[0]], message: problem[1] });
    }),
);

export type DatadogQuery = z.output<ReturnType<typeof datadogOptions>>;
