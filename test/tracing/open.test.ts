/** The tracer on OpenTelemetry's SDK, with a collector on loopback. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { withoutValues } from '../../src/lib/secret.ts';
import type { Delivery } from '../../src/tracing/delivery.ts';
import { tracingAsked } from '../../src/tracing/environment.ts';
import { openTracer } from '../../src/tracing/open.ts';
import { type Collector, startCollector } from './support/collector.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await collector[Symbol.asyncDispose]();
});

async function open(env: Record<string, string> = {}, told: Delivery[] = []) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const asked = tracingAsked(process.env);
  if (asked.kind !== 'on') throw new Error(JSON.stringify(asked));
  return openTracer({
    plan: asked.plan,
    version: '1.2.3',
    hide: (text) => withoutValues(text, ['hunter22']),
    onDelivery: (delivery) => void told.push(delivery),
  });
}
const nothing = () => ({});

it('finds the parent by the asynchronous context, also of work that outlives it', async () => {
  {
    await using opened = await open();
    const { tracer } = opened;
    let late: Promise<void> | undefined;
    const work = async () => {
      const child = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
      late = tracer.span('late', nothing, child);
      await tracer.span('soon', nothing, async () => tracer.note('noted', () => ({ n: 1 })));
    };
    await Promise.all([tracer.span('a', nothing, work), tracer.span('b', nothing, async () => {})]);
    await late;
  }
  const [a] = collector.named('a');
  expect(collector.spans()).toHaveLength(4);
  expect(collector.named('b')[0]?.parentSpanId).toBeUndefined();
  expect(collector.named('b')[0]?.traceId).not.toBe(a?.traceId);
  for (const name of ['late', 'soon']) {
    expect(collector.named(name)[0]).toMatchObject({ parentSpanId: a?.spanId, traceId: a?.traceId });
  }
  expect(collector.named('soon')[0]?.events).toMatchObject([{ name: 'noted', attributes: { n: 1 } }]);
});

it('cuts what others wrote, makes it harmless, and shows no secret', async () => {
  {
    await using opened = await open();
    const hostile = `\u001b[2J\u202e${'x'.repeat(10_000)}`;
    await opened.tracer.span(
      's',
      () => ({ hostile, secret: 'the key hunter22 is', gone: undefined }),
      async () => {},
    );
    const refused = new FailureError({ reason: 'auth', retryable: false, message: 'hunter22 was refused' });
    await expect(opened.tracer.span('f', nothing, () => Promise.reject(refused))).rejects.toBe(refused);
  }
  const [span] = collector.named('s');
  expect(span?.attributes).toEqual({ hostile: expect.any(String), secret: 'the key [redacted] is' });
  expect(String(span?.attributes.hostile)).toMatch(/^\\u001b\[2J\\u202ex{200,300}… \(10005 characters\)$/);
  const [failed] = collector.named('f');
  expect(failed).toMatchObject({
    attributes: { 'error.type': 'auth' },
    status: { code: 2, message: '[redacted] was refused' },
  });
  expect(collector.requests.map(({ body }) => body.toString()).join()).not.toContain('hunter22');
});

it('says who it is, and takes what the environment says of that', async () => {
  {
    await using opened = await open({
      OTEL_SERVICE_NAME: 'watchdog-eu',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key',
    });
    await opened.tracer.span('s', nothing, async () => {});
  }
  expect(collector.named('s')[0]?.resource).toMatchObject({
    'service.name': 'watchdog-eu',
    'service.version': '1.2.3',
    'deployment.environment.name': 'prod',
  });
  expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': 'a key' } });
});

it('sends protobuf where nothing else is asked for', async () => {
  {
    await using opened = await open({ OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    await opened.tracer.span('by-name', nothing, async () => {});
  }
  expect(collector.requests.map(({ headers }) => headers['content-type'])).toEqual(['application/x-protobuf']);
  expect(collector.requests[0]?.body.includes('by-name')).toBe(true);
});

describe('sampling', () => {
  it.each([
    ['always_off', '', 0, 0],
    ['traceidratio', '0', 0, 0],
    ['parentbased_traceidratio', '0.5', 60, 140],
    ['always_on', '', 200, 200],
  ])('%s %s', async (sampler, argument, least, most) => {
    {
      await using opened = await open({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument });
      const { tracer } = opened;
      const pair = () => tracer.span('parent', nothing, () => tracer.span('child', nothing, async () => {}));
      await Promise.all(Array.from({ length: 200 }, pair));
    }
    const parents = collector.named('parent').length;
    expect(parents).toBeGreaterThanOrEqual(least);
    expect(parents).toBeLessThanOrEqual(most);
    expect(collector.named('child')).toHaveLength(parents);
  });
});

it('tells once when nobody takes the spans, and once when somebody does again', async () => {
  const told: Delivery[] = [];
  collector.answer(400);
  {
    await using opened = await open({ OTEL_BSP_SCHEDULE_DELAY: '20' }, told);
    const sent = () => opened.tracer.span('s', nothing, async () => {});
    await sent();
    await vi.waitFor(() => expect(told).toEqual([{ kind: 'failing', because: 'HTTP 400' }]));
    await sent();
    await new Promise((resolve) => setTimeout(resolve, 200));
    collector.answer(200);
    await sent();
    await vi.waitFor(() => expect(told[1]).toMatchObject({ kind: 'again' }));
  }
  expect(told).toEqual([
    { kind: 'failing', because: 'HTTP 400' },
    { kind: 'again', lost: 2 },
  ]);
});

it('ends within seconds although nobody listens', async () => {
  const told: Delivery[] = [];
  const begun = performance.now();
  {
    await using opened = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, told);
    await opened.tracer.span('s', nothing, async () => {});
  }
  expect(performance.now() - begun).toBeLessThan(4_000);
});
