/** Source `datadog`: metric queries over both versions of Datadog's API, which says by headers how much is left. */
import { createHash } from 'node:crypto';
import type { Deployment } from '../../core/deployment.ts';
import type { Window } from '../../core/time.ts';
import type { Numbers } from '../../lib/column.ts';
import type { HttpAnswer } from '../../lib/http.ts';
import { piecesOf } from '../../lib/periods.ts';
import { fillTemplate, isTemplate } from '../../lib/template.ts';
import { defineSource } from '../../plugin.ts';
import type { SourceAccess } from '../../remote/access.ts';
import { type Ask, asker } from '../../remote/ask.ts';
import { foldSeries } from '../../remote/fold.ts';
import { history } from '../../remote/history.ts';
import type { Question } from '../../remote/kept.ts';
import { type Pauses, pauses } from '../../remote/paused.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { readJson, readV1, readV2 } from './answer.ts';
import { type DatadogQuery, datadogOptions } from './options.ts';

/** For more points at once Datadog gives longer intervals than it was asked for. */
const MOST_POINTS = 1_000;

/** As Datadog stores tags: lowercase, with an underscore for what is no letter, digit or one of `_-:./`. */
function tagValue(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\-:./]/gu, '_')
    .slice(0, 200);
}

const textOf = ({ query, formula }: DatadogQuery) => query ?? formula ?? '';

function requestOf(query: DatadogQuery, { from, to }: Window) {
  const base = (query.url ?? `https://api.${query.site}`).replace(/\/+$/, '');
  const headers = { 'dd-api-key': query.apiKey.reveal(), 'dd-application-key': query.applicationKey.reveal() };
  if (query.api === 'v1') {
    const url = new URL(`${base}/api/v1/query`);
    const times = { from: String(from / 1_000), to: String(to / 1_000) };
    url.search = new URLSearchParams({ ...times, query: query.query ?? '' }).toString();
    return { what: `Datadog at ${url.host}`, method: 'GET' as const, url, headers };
  }
  const url = new URL(`${base}/api/v2/query/timeseries`);
  const named = Object.entries(query.queries ?? { query: query.query ?? '' });
  const queries = named.map(([name, text]) => ({ data_source: 'metrics', name, query: text }));
  const formulas = [{ formula: query.formula ?? 'query' }];
  const attributes = { from, to, interval: query.period, queries, formulas };
  const body = JSON.stringify({ data: { type: 'timeseries_request', attributes } });
  const json = { ...headers, 'content-type': 'application/json' };
  return { what: `Datadog at ${url.host}`, method: 'POST' as const, url, headers: json, body };
}

/** Seconds in which nothing is left; 0 when something is. */
function nothingLeft({ status, headers }: HttpAnswer): number {
  const reset = Number(headers['x-ratelimit-reset'] ?? '');
  const none = status === 429 || headers['x-ratelimit-remaining'] === '0';
  return none && Number.isFinite(reset) ? reset : 0;
}

async function send(ask: Ask, limits: Pauses, query: DatadogQuery, span: Window, signal: AbortSignal) {
  const request = requestOf(query, span);
  const { what } = request;
  const key = keyOf(query);
  limits.check(key, what);
  const answer = await ask({ ...query, headers: {} }, request, signal);
  limits.pause(key, nothingLeft(answer));
  const json = readJson(what, answer);
  const series = query.api === 'v1' ? readV1(what, json, query.period) : readV2(what, json, query.period);
  return foldSeries(what, query.fold, series);
}

/** Whose limits a query uses up. */
function keyOf({ site, url, apiKey, applicationKey }: DatadogQuery): string {
  const who = JSON.stringify([site, url, apiKey.reveal(), applicationKey.reveal()]);
  return createHash('sha256').update(who).digest('hex');
}

function filled(query: DatadogQuery, deployment: Deployment): Partial<DatadogQuery> | undefined {
  const fill = (text: string) => fillTemplate(text, deployment, tagValue);
  if (query.query !== undefined) return isTemplate(query.query) ? { query: fill(query.query) } : undefined;
  const queries = Object.entries(query.queries ?? {});
  if (!queries.some(([, text]) => isTemplate(text))) return undefined;
  return { queries: Object.fromEntries(queries.map(([name, text]) => [name, fill(text)])) };
}

function open(access: SourceAccess) {
  const ask = asker('datadog', access);
  const kept = history('Datadog', access.clock);
  const limits = pauses(access.clock);
  const questions = new WeakMap<DatadogQuery, Question>();
  const questionOf = (query: DatadogQuery): Question => {
    const known = questions.get(query);
    if (known !== undefined) return known;
    const { api, query: one, queries, formula, period, fold } = query;
    const key = JSON.stringify([api, one, queries, formula, period, fold, keyOf(query)]);
    const made = { key, text: textOf(query), period };
    questions.set(query, made);
    return made;
  };
  const range = async (query: DatadogQuery, span: Window, signal: AbortSignal): Promise<Numbers> => {
    const pieces = piecesOf(span, query.period, MOST_POINTS);
    const parts = await Promise.all(pieces.map((piece) => send(ask, limits, query, piece, signal)));
    return new Map(parts.flatMap((numbers) => [...numbers]));
  };
  return {
    period: (query: DatadogQuery) => query.period,
    forDeployment: perDeployment(filled),
    query: (query: DatadogQuery, window: Window, settle: number, signal: AbortSignal) =>
      kept.ranged(questionOf(query), (span, leave) => range(query, span, leave), { window, settle, signal }),
  };
}

export const datadog = defineSource({
  kind: 'datadog',
  description: 'Metric queries of Datadog.',
  options: datadogOptions,
  open,
});
