/** Source `http`: numbers out of any JSON, a history where the endpoint has one, a sample a period where it has none. */
import type { Deployment } from '../../core/deployment.ts';
import type { Json } from '../../core/json.ts';
import { type Instant, iso, type Window } from '../../core/time.ts';
import { fillTemplate, isTemplate } from '../../lib/template.ts';
import { defineSource } from '../../plugin.ts';
import type { SourceAccess } from '../../remote/access.ts';
import { checkStatus, jsonIn, notJson } from '../../remote/answer.ts';
import { type Ask, asker } from '../../remote/ask.ts';
import { history } from '../../remote/history.ts';
import { identityOf } from '../../remote/identity.ts';
import type { Question } from '../../remote/kept.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { fillQuoted } from '../../remote/quoted.ts';
import { fillUrl } from '../../remote/url-template.ts';
import { type HttpQuery, httpOptions, JSON_PATH } from './options.ts';
import { readNumber, readPoints } from './read.ts';

type Points = NonNullable<HttpQuery['points']>;

function timeIn({ unit }: Points, at: Instant): string {
  if (unit === 'iso') return iso(at);
  return String(unit === 's' ? at / 1_000 : at);
}

function urlFor({ url, points }: HttpQuery, span: Window | undefined): URL {
  const made = new URL(url);
  if (points?.from !== undefined && span !== undefined) made.searchParams.set(points.from, timeIn(points, span.from));
  if (points?.to !== undefined && span !== undefined) made.searchParams.set(points.to, timeIn(points, span.to));
  return made;
}

/** The JSON of one answer; the path of an address may hold what is nobody's business, so that only its host is told. */
async function fetchJson(ask: Ask, query: HttpQuery, span: Window | undefined, signal: AbortSignal) {
  const url = urlFor(query, span);
  const what = url.host;
  const { method, body } = query;
  const sent = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
  const answer = await ask(query, { what, method, url, ...sent }, signal);
  checkStatus(what, answer);
  const read = jsonIn(answer);
  if (read === undefined) throw notJson(what, answer);
  return { what, json: read.json };
}

const inJson = (value: string) => JSON.stringify(value.toWellFormed()).slice(1, -1);

/** The parts of a query that have places, filled. */
function filled(query: HttpQuery, deployment: Deployment): Partial<HttpQuery> | undefined {
  const { url, body, value, points } = query;
  const parts = {
    ...(isTemplate(url) ? { url: fillUrl(url, deployment) } : {}),
    ...(body !== undefined && isTemplate(body) ? { body: fillTemplate(body, deployment, inJson) } : {}),
    ...(isTemplate(value) ? { value: fillQuoted(value, deployment, JSON_PATH) } : {}),
    ...(points !== undefined && isTemplate(points.path)
      ? { points: { ...points, path: fillQuoted(points.path, deployment, JSON_PATH) } }
      : {}),
  };
  return Object.keys(parts).length === 0 ? undefined : parts;
}

function questionOf(query: HttpQuery): Question {
  const { url, method, body, value, points, period, fold } = query;
  const asked = [url, method, body, value, points, period, fold, identityOf(query)];
  return { key: JSON.stringify(asked), text: `${value} of ${new URL(url).host}`, period };
}

function open(access: SourceAccess) {
  const ask = asker('http', access);
  const kept = history('HTTP', access.clock);
  const questions = new WeakMap<HttpQuery, Question>();
  const known = (query: HttpQuery) => {
    const question = questions.get(query) ?? questionOf(query);
    questions.set(query, question);
    return question;
  };
  return {
    period: (query: HttpQuery) => query.period,
    forDeployment: perDeployment(filled),
    async query(query: HttpQuery, window: Window, settle: number, signal: AbortSignal) {
      const look = { window, settle, signal };
      const { points } = query;
      const numbers = async <Out>(span: Window | undefined, leave: AbortSignal, read: Reader<Out>) => {
        const { what, json } = await fetchJson(ask, query, span, leave);
        return read(what, json);
      };
      if (points === undefined) {
        const read: Reader<number | undefined> = (what, json) => readNumber(what, json, query);
        return kept.sampled(known(query), (_, leave) => numbers(undefined, leave, read), look);
      }
      return kept.ranged(
        known(query),
        (span, leave) => numbers(span, leave, (what, json) => readPoints(what, json, query, points)),
        look,
      );
    },
  };
}
type Reader<Out> = (what: string, json: Json) => Out;

export const http = defineSource({
  kind: 'http',
  description: 'Numbers out of any endpoint that answers JSON, by JSONPath.',
  options: httpOptions,
  open,
});
