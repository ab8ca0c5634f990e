/** Source `prometheus`: PromQL over the API of Prometheus, which others speak as well, asked once a period. */
import type { Instant, Window } from '../../core/time.ts';
import type { Numbers } from '../../lib/column.ts';
import { piecesOf } from '../../lib/periods.ts';
import { isTemplate } from '../../lib/template.ts';
import { defineSource } from '../../plugin.ts';
import type { SourceAccess } from '../../remote/access.ts';
import { type Ask, asker } from '../../remote/ask.ts';
import { foldSeries } from '../../remote/fold.ts';
import { history } from '../../remote/history.ts';
import { identityOf } from '../../remote/identity.ts';
import type { Question } from '../../remote/kept.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { fillQuoted } from '../../remote/quoted.ts';
import { readAnswer } from './answer.ts';
import { numbersOf, onlyNumber } from './numbers.ts';
import { type PrometheusQuery, prometheusOptions } from './options.ts';
import { PROMQL } from './promql.ts';

/** Prometheus answers no more points for a series at once. */
const MOST_POINTS = 11_000;

const seconds = (at: Instant) => String(at / 1_000);

/** Sends one query. */
async function send(
  ask: Ask,
  query: PrometheusQuery,
  path: string,
  times: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Numbers> {
  const url = new URL(`${query.url.replace(/\/+$/, '')}/api/v1/${path}`);
  const what = `Prometheus at ${url.host}`;
  const form = new URLSearchParams({ query: query.query, ...times, timeout: String(query.timeout / 1_000) });
  if (query.method === 'GET') url.search = form.toString();
  const sent =
    query.method === 'GET'
      ? { what, method: query.method, url }
      : {
          ...{ what, method: query.method, url, body: form.toString() },
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        };
  const answer = await ask(query, sent, signal);
  const series = readAnswer(what, answer, query.partial === 'accept');
  return foldSeries(
    what,
    query.fold,
    series.map((one) => numbersOf(what, one, query.period, query)),
  );
}

/** The values of whole periods; a stretch too long for one answer is asked in pieces. */
async function range(ask: Ask, query: PrometheusQuery, span: Window, signal: AbortSignal): Promise<Numbers> {
  const { period } = query;
  const step = seconds(period);
  const pieces = piecesOf(span, period, MOST_POINTS).map(({ from, to }) => {
    const times = { start: seconds(from + period), end: seconds(to), step };
    return send(ask, query, 'query_range', times, signal);
  });
  return new Map((await Promise.all(pieces)).flatMap((numbers) => [...numbers]));
}

function open(access: SourceAccess) {
  const ask = asker('prometheus', access);
  const kept = history('Prometheus', access.clock);
  const questions = new WeakMap<PrometheusQuery, Question>();
  const questionOf = (query: PrometheusQuery): Question => {
    const { url, query: text, period, instant, fold, infinite, partial, method } = query;
    const known = questions.get(query);
    if (known !== undefined) return known;
    const key = JSON.stringify([url, text, period, instant, fold, infinite, partial, method, identityOf(query)]);
    const made = { key, text, period };
    questions.set(query, made);
    return made;
  };
  return {
    period: (query: PrometheusQuery) => query.period,
    forDeployment: perDeployment<PrometheusQuery>(({ query }, deployment) =>
      isTemplate(query) ? { query: fillQuoted(query, deployment, PROMQL) } : undefined,
    ),
    query(query: PrometheusQuery, window: Window, settle: number, signal: AbortSignal) {
      const look = { window, settle, signal };
      const question = questionOf(query);
      if (!query.instant) return kept.ranged(question, (span, leave) => range(ask, query, span, leave), look);
      const sample = async (end: Instant, leave: AbortSignal) =>
        onlyNumber(await send(ask, query, 'query', { time: seconds(end) }, leave));
      return kept.sampled(question, sample, look);
    },
  };
}

export const prometheus = defineSource({
  kind: 'prometheus',
  description: 'PromQL of Prometheus, Amazon Managed Prometheus, VictoriaMetrics, Thanos, Mimir and others.',
  options: prometheusOptions,
  open,
});
