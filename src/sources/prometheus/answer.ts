/** What Prometheus answers: series, or which kind of no it is. */
import { z } from 'zod';
import { type Failure, FailureError, type FailureReason } from '../../core/failure.ts';
import type { HttpAnswer } from '../../lib/http.ts';
import { failureOfAnswer, malformedAnswer } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';
import { plainText } from '../../lib/text.ts';
import { checkStatus, jsonIn, notJson } from '../../remote/answer.ts';

const sample = once(() => z.tuple([z.number(), z.string()]));
const labels = once(() => z.record(z.string(), z.string()));
const texts = once(() => z.array(z.string()).nullish());

const resultSchema = once(() =>
  z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(
        z.object({ metric: labels(), values: z.array(sample()).optional(), histograms: z.unknown().optional() }),
      ),
    }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: labels(), value: sample().optional(), histogram: z.unknown().optional() })),
    }),
    z.object({ resultType: z.literal('scalar'), result: sample() }),
    z.object({ resultType: z.literal('string'), result: sample() }),
  ]),
);

const successSchema = once(() =>
  z.object({
    status: z.literal('success'),
    data: resultSchema(),
    warnings: texts(),
    isPartial: z.boolean().nullish(),
  }),
);
const errorSchema = once(() =>
  z.object({
    status: z.literal('error'),
    errorType: z.coerce.string().optional(),
    error: z.coerce.string().optional(),
  }),
);

type Sample = z.output<ReturnType<typeof sample>>;

export interface LabelledSamples {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** What its kinds of errors are; those that are not here are told by the status. */
const REASONS: Readonly<Record<string, FailureReason>> = {
  bad_data: 'rejected',
  execution: 'rejected',
  not_acceptable: 'rejected',
  not_found: 'not-found',
  timeout: 'timeout',
  canceled: 'unavailable',
  internal: 'unavailable',
  unavailable: 'unavailable',
};
const RETRYABLE: ReadonlySet<FailureReason> = new Set(['timeout', 'unavailable']);

function refused(
  what: string,
  answer: HttpAnswer,
  { errorType = '', error = '' }: z.output<ReturnType<typeof errorSchema>>,
) {
  const told = plainText([errorType, error].filter((part) => part !== '').join(': '), 300);
  const reason = REASONS[errorType];
  // VictoriaMetrics gives the status as the type; nothing in between speaks this API and says 401 by itself.
  if (reason === undefined) return failureOfAnswer(what, answer, told);
  const failure: Failure = {
    reason,
    retryable: RETRYABLE.has(reason),
    message: `${what}: ${told}`,
    code: errorType,
    status: answer.status,
  };
  return new FailureError(failure);
}

function rejected(what: string, because: string): FailureError {
  return new FailureError({ reason: 'rejected', retryable: false, message: `${what}: ${plainText(because, 300)}` });
}

/** Something is missing from what it counted, or may be: numbers that look good could be those of half the service. */
function checkWhole(what: string, { warnings, isPartial }: z.output<ReturnType<typeof successSchema>>): void {
  if (isPartial === true) {
    const message = `${what} answered with part of the data (isPartial); \`partial: accept\` takes it`;
    throw new FailureError({ reason: 'unavailable', retryable: true, message });
  }
  const [first] = warnings ?? [];
  if (first !== undefined) throw rejected(what, `has doubts: ${first} (\`partial: accept\` takes its answer)`);
}

const HISTOGRAM = 'the query gives histograms and a rule judges numbers: use histogram_quantile(), histogram_avg(), …';

function samplesOf(what: string, data: z.output<ReturnType<typeof resultSchema>>): readonly LabelledSamples[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result.map(({ metric, values, histograms }) => {
        if (histograms !== undefined) throw rejected(what, HISTOGRAM);
        return { labels: metric, samples: values ?? [] };
      });
    case 'vector':
      return data.result.map(({ metric, value, histogram }) => {
        if (histogram !== undefined) throw rejected(what, HISTOGRAM);
        return { labels: metric, samples: value === undefined ? [] : [value] };
      });
    case 'scalar':
      return [{ labels: {}, samples: [data.result] }];
    case 'string':
      throw rejected(what, 'the query gives a text and a rule judges numbers');
  }
}

/** The series of an answer. Throws FailureError. */
export function readAnswer(what: string, answer: HttpAnswer, acceptPartial: boolean): readonly LabelledSamples[] {
  const body = jsonIn(answer);
  const error = errorSchema().safeParse(body?.json);
  if (error.success) throw refused(what, answer, error.data);
  checkStatus(what, answer, answer.status === 404 ? 'there is no Prometheus API at this address' : '');
  if (body === undefined) throw notJson(what, answer);
  const success = successSchema().safeParse(body.json);
  if (!success.success) {
    const [issue] = success.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.map(String).join('.');
    throw malformedAnswer(what, `${place} is not as Prometheus answers`);
  }
  if (!acceptPartial) checkWhole(what, success.data);
  return samplesOf(what, success.data.data);
}
