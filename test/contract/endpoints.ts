/** The sources that are asked over plain HTTP, each with an endpoint of its kind under a test's control. */
import { z } from 'zod';
import type { Source } from '../../src/core/seams.ts';
import type { Instant } from '../../src/core/time.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import type { SourceAccess } from '../../src/remote/access.ts';
import { datadog } from '../../src/sources/datadog/index.ts';
import { http } from '../../src/sources/http/index.ts';
import { newrelic } from '../../src/sources/newrelic/index.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { type WireAnswer, type WireRequest, wireEndpoint } from '../support/wire-endpoint.ts';
import type { SourceSubject } from './source.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;

type Value = (at: Instant) => number | undefined;

interface Kind<Query> {
  open(access: SourceAccess): Source<Query>;
  query(origin: string): Query;
  answer(request: WireRequest, value: Value, now: Instant): unknown;
  /** Valid JSON that says nothing that can be read. */
  readonly garbage: unknown;
  readonly sampled?: true;
}

/** Every minute that begins in a stretch and has a value. */
function minutes(from: Instant, to: Instant, value: Value): readonly (readonly [Instant, number])[] {
  const count = Math.max(0, Math.ceil((to - from) / MINUTE));
  return Array.from({ length: count }, (_, index) => from + index * MINUTE).flatMap((at) => {
    const one = value(at);
    return one === undefined ? [] : [[at, one] as const];
  });
}

async function endpoint<Query>(kind: Kind<Query>): Promise<SourceSubject<Query>> {
  const clock = drivenClock(NOW);
  const answering = (value: Value) => (request: WireRequest) => ({
    json: kind.answer(request, value, clock.now()),
  });
  const wire = await wireEndpoint(answering(() => 1));
  const plain = { 'content-type': 'text/plain' };
  const faults: Readonly<Record<string, WireAnswer>> = {
    throttled: { status: 429, headers: plain, text: 'slow down' },
    broken: { status: 500, headers: plain, text: 'broken' },
    refused: { status: 403, headers: plain, text: 'go away' },
    garbage: { json: kind.garbage },
    'half an answer': 'cut off',
    hang: 'hang',
  };
  return {
    source: kind.open(wire.access(clock)),
    query: kind.query(wire.origin),
    clock,
    ...(kind.sampled === undefined ? {} : { sampled: kind.sampled }),
    hold: (value) => {
      wire.reply = answering(value);
    },
    fail: (fault) => {
      wire.reply = () => faults[fault] ?? 'hang';
    },
    requests: () => wire.requests.length,
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

const ended = (now: Instant) => Math.floor(now / MINUTE) * MINUTE;

const promRange: Kind<z.output<ReturnType<typeof prometheus.options>>> = {
  open: prometheus.open,
  query: (url) => prometheus.options().parse({ kind: 'prometheus', url, query: 'up', period: '60s' }),
  garbage: { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: [['now', 1]] }] } },
  answer({ form }, value) {
    const [start, end] = ['start', 'end'].map((name) => Number(form.get(name)) * 1_000);
    // The value at an instant is that of the minute before.
    const known = minutes((start ?? 0) - MINUTE, end ?? 0, value);
    const values = known.map(([at, one]) => [(at + MINUTE) / 1_000, String(one)]);
    const result = values.length === 0 ? [] : [{ metric: { __name__: 'up' }, values }];
    return { status: 'success', data: { resultType: 'matrix', result } };
  },
};

const promInstant: Kind<z.output<ReturnType<typeof prometheus.options>>> = {
  ...promRange,
  sampled: true,
  query: (url) => prometheus.options().parse({ kind: 'prometheus', url, query: 'up', period: '60s', instant: true }),
  answer({ form }, value) {
    const seconds = Number(form.get('time'));
    const one = value(seconds * 1_000 - MINUTE);
    const result = one === undefined ? [] : [{ metric: {}, value: [seconds, String(one)] }];
    return { status: 'success', data: { resultType: 'vector', result } };
  },
};

const points = { path: '$.data[*]', time: '$[0]', unit: 's', from: 'from', to: 'to' };
const httpPoints: Kind<z.output<ReturnType<typeof http.options>>> = {
  open: http.open,
  query: (url) => http.options().parse({ kind: 'http', url: `${url}/numbers`, value: '$[1]', points, period: '60s' }),
  garbage: { data: [['soon', 1]] },
  answer({ form }, value) {
    const [from, to] = ['from', 'to'].map((name) => Number(form.get(name)) * 1_000);
    return { data: minutes(from ?? 0, to ?? 0, value).map(([at, one]) => [at / 1_000, one]) };
  },
};

const httpNumber: Kind<z.output<ReturnType<typeof http.options>>> = {
  ...httpPoints,
  sampled: true,
  query: (url) => http.options().parse({ kind: 'http', url: `${url}/number`, value: '$.errors', period: '60s' }),
  garbage: { errors: { count: 1 } },
  answer: (_, value, now) => ({ errors: value(ended(now) - MINUTE) ?? null }),
};

const keys = { apiKey: 'an-api-key', applicationKey: 'an-application-key' };
const datadogV2: Kind<z.output<ReturnType<typeof datadog.options>>> = {
  open: datadog.open,
  query: (url) => datadog.options().parse({ kind: 'datadog', url, query: 'sum:errors{*}', period: '60s', ...keys }),
  garbage: { data: { attributes: { series: [{}], times: [1, 2], values: [[1]] } } },
  answer({ body }, value) {
    const span = z.object({ data: z.object({ attributes: z.object({ from: z.number(), to: z.number() }) }) });
    const { from, to } = span.parse(JSON.parse(body)).data.attributes;
    const known = minutes(from, to, value);
    const series = known.length === 0 ? [] : [{ group_tags: [], query_index: 0, unit: null }];
    const values = known.length === 0 ? [] : [known.map(([, one]) => one)];
    const attributes = { series, times: known.map(([at]) => at), values };
    return { data: { type: 'timeseries_response', attributes } };
  },
};

const newRelic: Kind<z.output<ReturnType<typeof newrelic.options>>> = {
  open: newrelic.open,
  query: (url) =>
    newrelic.options().parse({
      ...{ kind: 'newrelic', url: `${url}/graphql`, account: 1, apiKey: 'a-key', period: '60s' },
      query: 'SELECT average(duration) FROM Transaction',
    }),
  garbage: { data: { actor: { account: { nrql: { results: [{ count: 1 }] } } } } },
  answer({ body }, value) {
    const { nrql } = z.object({ variables: z.object({ nrql: z.string() }) }).parse(JSON.parse(body)).variables;
    const [, from, to] = /SINCE (\d+) UNTIL (\d+)$/.exec(nrql) ?? [];
    const results = minutes(Number(from), Number(to), (at) => value(at) ?? Number.NaN).map(([at, one]) => ({
      beginTimeSeconds: at / 1_000,
      endTimeSeconds: (at + MINUTE) / 1_000,
      // JSON has no NaN: a bucket without a value is null.
      'average.duration': one,
    }));
    return { data: { actor: { account: { nrql: { results } } } } };
  },
};

export const endpointSubjects = {
  prometheus: () => endpoint(promRange),
  http: () => endpoint(httpPoints),
  datadog: () => endpoint(datadogV2),
  newrelic: () => endpoint(newRelic),
};

/** Other ways to ask the same sources, which keep to the same contract. */
export const promInstantSubject = () => endpoint(promInstant);
export const httpNumberSubject = () => endpoint(httpNumber);
