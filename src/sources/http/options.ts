/** A query to any endpoint that answers JSON, as it stands in a policy file. */
import { z } from 'zod';
import { jsonPathProblem } from '../../lib/json-path.ts';
import { once } from '../../lib/once.ts';
import { templateProblem } from '../../lib/template.ts';
import { foldSchema } from '../../remote/fold.ts';
import { endpointShape, periodSchema, tlsProblem } from '../../remote/options.ts';
import { type Language, quotedProblem } from '../../remote/quoted.ts';
import { urlTemplateProblem, withoutPlaces } from '../../remote/url-template.ts';

export const JSON_PATH: Language = { name: 'JSONPath', quotes: '"\'', raw: '' };

/** A text that must not have a problem. */
function checked(problemOf: (text: string) => string | undefined) {
  return z
    .string()
    .min(1)
    .max(8_192)
    .superRefine((text, context) => {
      const problem = problemOf(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    });
}

const pathSchema = once(() => checked(jsonPathProblem));
const pathTemplateSchema = once(() =>
  checked((text) => quotedProblem(text, JSON_PATH) ?? jsonPathProblem(withoutPlaces(text))),
);

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not being JSON is the answer.
    return false;
  }
}

const bodySchema = once(() =>
  checked(
    (text) =>
      templateProblem(text) ??
      (isJsonText(withoutPlaces(text)) ? undefined : 'expected JSON, with {{…}} only inside its strings'),
  ),
);

const parameter = once(() => z.string().regex(/^[\w.[\]-]{1,64}$/, 'expected the name of a parameter of the URL'));

const pointsSchema = once(() =>
  z.strictObject({
    path: pathTemplateSchema().describe('JSONPath to the points: each node it finds is one, such as $.data[*].'),
    time: pathSchema().describe('JSONPath to the time of a point, within the point.'),
    unit: z.enum(['s', 'ms', 'iso']).describe('What a time is: seconds or milliseconds of the epoch, or ISO 8601.'),
    stamp: z.enum(['start', 'end']).default('start').describe('Which end of its period a time is.'),
    from: parameter()
      .exactOptional()
      .describe('Parameter of the URL that is given the start of what is wanted, in `unit`.'),
    to: parameter().exactOptional().describe('Parameter of the URL that is given its end.'),
  }),
);

export const httpOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('http'),
      url: checked(urlTemplateProblem).describe(
        'Address that answers JSON. {{deployment.application}} and the like may stand behind its host.',
      ),
      method: z.enum(['GET', 'POST']).default('GET').describe('How it is asked.'),
      body: bodySchema().exactOptional().describe('JSON that is sent with POST; {{…}} may stand inside its strings.'),
      value: pathTemplateSchema().describe('JSONPath to the number; within a point, where there are `points`.'),
      points: pointsSchema()
        .exactOptional()
        .describe(
          'Where the endpoint answers a history. Without it the one number is taken once a period and kept in memory: after a restart there is no history.',
        ),
      period: periodSchema().describe('One value a period.'),
      fold: foldSchema().describe('How several values of one period become one; fail: more than one is an error.'),
      ...endpointShape(),
    })
    .superRefine((options, context) => {
      const problem = tlsProblem(options.url, options.tls);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['tls'], message: problem });
      if (options.body !== undefined && options.method !== 'POST') {
        context.addIssue({ code: 'custom', path: ['body'], message: 'expected `body` only beside method: POST' });
      }
    }),
);

export type HttpQuery = z.output<ReturnType<typeof httpOptions>>;
