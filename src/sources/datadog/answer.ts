/** What Datadog answers, in both versions of its API. */
import { z } from 'zod';
import { FailureError } from '../../core/failure.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { type HttpAnswer, malformedAnswer } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';
import { plainText } from '../../lib/text.ts';
import { checkStatus, jsonIn, notJson } from '../../remote/answer.ts';
import type { NamedNumbers } from '../../remote/fold.ts';

const errorsSchema = once(() => z.object({ errors: z.union([z.string(), z.array(z.coerce.string())]) }));

const v1Schema = once(() =>
  z.object({
    status: z.string(),
    error: z.string().nullish(),
    series: z
      .array(
        z.object({
          scope: z.string().nullish(),
          expression: z.string().nullish(),
          interval: z.number(),
          pointlist: z.array(z.tuple([z.number(), z.number().nullable()])),
        }),
      )
      .default([]),
  }),
);

const v2Schema = once(() =>
  z.object({
    data: z.object({
      attributes: z.object({
        series: z.array(z.object({ group_tags: z.array(z.string()).nullish() })).default([]),
        times: z.array(z.number()).default([]),
        values: z.array(z.array(z.number().nullable())).default([]),
      }),
    }),
  }),
);

function rejected(what: string, because: string): FailureError {
  return new FailureError({ reason: 'rejected', retryable: false, message: `${what}: ${plainText(because, 300)}` });
}

/** The JSON of an answer that is one. Throws FailureError. */
export function readJson(what: string, answer: HttpAnswer): unknown {
  const body = jsonIn(answer);
  const errors = errorsSchema().safeParse(body?.json);
  const said = errors.success ? [errors.data.errors].flat().join('; ') : '';
  checkStatus(what, answer, said);
  if (body === undefined) throw notJson(what, answer);
  if (said !== '') throw rejected(what, said);
  return body.json;
}

/** Points of v1, whose interval Datadog chooses by the length of the window unless the query says it. */
export function readV1(what: string, json: unknown, period: Duration): readonly NamedNumbers[] {
  const read = v1Schema().safeParse(json);
  if (!read.success) throw malformedAnswer(what, 'the answer is not as /api/v1/query gives it');
  const { status, error, series } = read.data;
  if (status !== 'ok') throw rejected(what, error ?? `the status is ${status}`);
  return series.map(({ scope, expression, interval, pointlist }) => {
    if (interval * 1_000 !== period) {
      throw rejected(what, `points of ${interval} s: end the query with .rollup(…, ${period / 1_000})`);
    }
    const points = pointlist.flatMap(([at, value]): [Instant, number][] => (value === null ? [] : [[at, value]]));
    return { name: scope ?? expression ?? '', numbers: new Map(points) };
  });
}

export function readV2(what: string, json: unknown, period: Duration): readonly NamedNumbers[] {
  const read = v2Schema().safeParse(json);
  if (!read.success) throw malformedAnswer(what, 'the answer is not as /api/v2/query/timeseries gives it');
  const { series, times, values } = read.data.data.attributes;
  if (values.length !== series.length || values.some((column) => column.length !== times.length)) {
    throw malformedAnswer(what, 'the answer has other numbers of series, times and values');
  }
  const [first, second] = times;
  // An interval may be overridden by a longer one: its points are not what was asked for.
  if (first !== undefined && second !== undefined && (second - first) % period !== 0) {
    throw rejected(what, `points of ${(second - first) / 1_000} s where ${period / 1_000} s were asked for`);
  }
  return series.map(({ group_tags: tags }, index) => {
    const column = values[index] ?? [];
    const points = times.flatMap((at, row): [Instant, number][] => {
      const value = column[row];
      return value === undefined || value === null ? [] : [[at, value]];
    });
    return { name: `{${(tags ?? []).join(',')}}`, numbers: new Map(points) };
  });
}
