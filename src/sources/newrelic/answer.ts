/** What NerdGraph answers: rows of buckets, or errors in an answer whose status says that all is well. */
import { z } from 'zod';
import { FailureError, type FailureReason } from '../../core/failure.ts';
import type { Instant } from '../../core/time.ts';
import { type HttpAnswer, malformedAnswer } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';
import { plainText } from '../../lib/text.ts';
import { checkStatus, jsonIn, notJson } from '../../remote/answer.ts';
import type { NamedNumbers } from '../../remote/fold.ts';
import type { NewRelicQuery } from './options.ts';

const errorSchema = once(() =>
  z.object({
    message: z.string().optional(),
    extensions: z.object({ errorClass: z.string().optional() }).optional(),
  }),
);
const errorsSchema = once(() => z.object({ errors: z.array(errorSchema()).min(1) }));

const rowSchema = once(() =>
  z
    .object({
      beginTimeSeconds: z.number(),
      endTimeSeconds: z.number(),
      facet: z.union([z.string(), z.array(z.string().nullable())]).nullish(),
    })
    .catchall(z.unknown()),
);
const answerSchema = once(() =>
  z.object({
    data: z.object({ actor: z.object({ account: z.object({ nrql: z.object({ results: z.array(rowSchema()) }) }) }) }),
  }),
);

type Row = z.output<ReturnType<typeof rowSchema>>;

const CLASSES: readonly (readonly [RegExp, FailureReason])[] = [
  [/TIMEOUT/, 'timeout'],
  [/UNAUTHORIZED|UNAUTHENTICATED|ACCESS_DENIED|FORBIDDEN/, 'auth'],
  [/TOO_MANY|RATE_LIMIT|THROTTL|LIMIT_EXCEEDED/, 'throttled'],
  [/SERVER_ERROR|INTERNAL|UNAVAILABLE/, 'unavailable'],
];
const RETRYABLE: ReadonlySet<FailureReason> = new Set(['timeout', 'throttled', 'unavailable']);

function refused(what: string, { errors }: z.output<ReturnType<typeof errorsSchema>>): FailureError {
  const code = errors.find(({ extensions }) => extensions?.errorClass !== undefined)?.extensions?.errorClass ?? '';
  const reason = CLASSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'rejected';
  const said = errors.map(({ message = '' }) => message).filter((message) => message !== '');
  const message = `${what}: ${plainText([code, said.join('; ')].filter((part) => part !== '').join(': '), 300)}`;
  return new FailureError({
    reason,
    retryable: RETRYABLE.has(reason),
    message,
    ...(code === '' ? {} : { code: plainText(code, 60) }),
  });
}

function rejected(what: string, because: string): FailureError {
  return new FailureError({ reason: 'rejected', retryable: false, message: `${what}: ${plainText(because, 300)}` });
}

/** Throws FailureError. */
export function readRows(what: string, answer: HttpAnswer): readonly Row[] {
  const body = jsonIn(answer);
  const errors = errorsSchema().safeParse(body?.json);
  checkStatus(what, answer, errors.success ? errors.data.errors.map(({ message = '' }) => message).join('; ') : '');
  if (body === undefined) throw notJson(what, answer);
  if (errors.success) throw refused(what, errors.data);
  const read = answerSchema().safeParse(body.json);
  if (!read.success) throw malformedAnswer(what, 'the answer is not rows of a query with TIMESERIES');
  return read.data.data.actor.account.nrql.results;
}

const NO_VALUE: ReadonlySet<string> = new Set(['beginTimeSeconds', 'endTimeSeconds', 'facet', 'inspectedCount']);

/** Numbers of a row by name; those of a map (percentiles) by its name and theirs. */
function valuesOf(row: Row): ReadonlyMap<string, number | null> {
  const found = new Map<string, number | null>();
  const take = (name: string, value: unknown) => {
    if (value === null || typeof value === 'number') found.set(name, value);
  };
  for (const [name, value] of Object.entries(row)) {
    if (NO_VALUE.has(name)) continue;
    take(name, value);
    if (typeof value !== 'object' || value === null) continue;
    for (const [inner, each] of Object.entries(value)) take(`${name}.${inner}`, each);
  }
  return found;
}

function nameOfValue(what: string, rows: readonly Row[], { value }: NewRelicQuery): string | undefined {
  const names = new Set(rows.flatMap((row) => [...valuesOf(row).keys()]));
  if (value !== undefined) {
    if (rows.length === 0 || names.has(value)) return value;
    throw rejected(what, `no row has ${value}; there are ${[...names].slice(0, 5).join(', ') || 'no numbers'}`);
  }
  if (names.size <= 1) return [...names][0];
  throw rejected(what, `the query gives several numbers (${[...names].slice(0, 5).join(', ')}): name one by \`value\``);
}

/** The series of the rows: one for each facet. */
export function seriesIn(what: string, rows: readonly Row[], query: NewRelicQuery): readonly NamedNumbers[] {
  const name = nameOfValue(what, rows, query);
  const series = new Map<string, Map<Instant, number>>();
  for (const row of rows) {
    const { beginTimeSeconds: begin, endTimeSeconds: end, facet } = row;
    if ((end - begin) * 1_000 !== query.period) {
      throw rejected(what, `buckets of ${end - begin} s where ${query.period / 1_000} s were asked for`);
    }
    const facets = [facet ?? []].flat().join(', ');
    const numbers = series.get(facets) ?? new Map<Instant, number>();
    series.set(facets, numbers);
    const value = name === undefined ? undefined : valuesOf(row).get(name);
    if (value !== undefined && value !== null) numbers.set(begin * 1_000, value);
  }
  return [...series].map(([facets, numbers]) => ({ name: facets === '' ? query.query : facets, numbers }));
}
