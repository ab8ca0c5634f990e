/** Source `newrelic`: NRQL over NerdGraph, in buckets of one period. */
import { createHash } from 'node:crypto';
import type { Window } from '../../core/time.ts';
import type { Numbers } from '../../lib/column.ts';
import { piecesOf } from '../../lib/periods.ts';
import { isTemplate } from '../../lib/template.ts';
import { defineSource } from '../../plugin.ts';
import type { SourceAccess } from '../../remote/access.ts';
import { type Ask, asker } from '../../remote/ask.ts';
import { foldSeries } from '../../remote/fold.ts';
import { history } from '../../remote/history.ts';
import type { Question } from '../../remote/kept.ts';
import { perDeployment } from '../../remote/per-deployment.ts';
import { fillQuoted } from '../../remote/quoted.ts';
import { readRows, seriesIn } from './answer.ts';
import { NRQL, timed } from './nrql.ts';
import { type NewRelicQuery, newrelicOptions } from './options.ts';

/** TIMESERIES gives no more buckets at once. */
const MOST_BUCKETS = 366;

const ADDRESSES = { us: 'https://api.newrelic.com/graphql', eu: 'https://api.eu.newrelic.com/graphql' } as const;

const GRAPHQL = `query ($account: Int!, $nrql: Nrql!, $timeout: Seconds!) {
  actor { account(id: $account) { nrql(query: $nrql, timeout: $timeout) { results } } }
}`;

async function send(ask: Ask, query: NewRelicQuery, span: Window, signal: AbortSignal): Promise<Numbers> {
  const url = new URL(query.url ?? ADDRESSES[query.region]);
  const what = `New Relic at ${url.host}`;
  const timeout = Math.max(1, Math.floor(query.timeout / 1_000));
  const variables = { account: query.account, nrql: timed(query.query, query.period, span), timeout };
  const headers = { 'api-key': query.apiKey.reveal(), 'content-type': 'application/json' };
  const body = JSON.stringify({ query: GRAPHQL, variables });
  const answer = await ask({ ...query, headers: {} }, { what, method: 'POST', url, headers, body }, signal);
  return foldSeries(what, query.fold, seriesIn(what, readRows(what, answer), query));
}

function questionOf(query: NewRelicQuery): Question {
  const { account, region, url, query: text, value, period, fold, apiKey } = query;
  const who = createHash('sha256').update(apiKey.reveal()).digest('hex');
  return { key: JSON.stringify([account, region, url, text, value, period, fold, who]), text, period };
}

function open(access: SourceAccess) {
  const ask = asker('newrelic', access);
  const kept = history('New Relic', access.clock);
  const questions = new WeakMap<NewRelicQuery, Question>();
  const known = (query: NewRelicQuery) => {
    const question = questions.get(query) ?? questionOf(query);
    questions.set(query, question);
    return question;
  };
  const range = async (query: NewRelicQuery, span: Window, signal: AbortSignal): Promise<Numbers> => {
    const pieces = piecesOf(span, query.period, MOST_BUCKETS);
    const parts = await Promise.all(pieces.map((piece) => send(ask, query, piece, signal)));
    return new Map(parts.flatMap((numbers) => [...numbers]));
  };
  return {
    period: (query: NewRelicQuery) => query.period,
    forDeployment: perDeployment<NewRelicQuery>(({ query }, deployment) =>
      isTemplate(query) ? { query: fillQuoted(query, deployment, NRQL) } : undefined,
    ),
    query: (query: NewRelicQuery, window: Window, settle: number, signal: AbortSignal) =>
      kept.ranged(known(query), (span, leave) => range(query, span, leave), { window, settle, signal }),
  };
}

export const newrelic = defineSource({
  kind: 'newrelic',
  description: 'NRQL of New Relic, over NerdGraph.',
  options: newrelicOptions,
  open,
});
