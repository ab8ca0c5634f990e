/** Which environment asks for traces, and what of it can be had. */
import { describe, expect, it } from 'vitest';
import { tracingAsked } from '../../src/tracing/environment.ts';

const URL_ = 'http://collector:4318';
const plan = (env: Record<string, string>) => {
  const asked = tracingAsked({ OTEL_TRACES_EXPORTER: 'otlp', ...env });
  if (asked.kind !== 'on') throw new Error(JSON.stringify(asked));
  return asked.plan;
};

describe('traces are', () => {
  it.each([
    ['off when nothing is said', {}, 'off'],
    ['off with other variables of OpenTelemetry', { OTEL_SERVICE_NAME: 'x', OTEL_RESOURCE_ATTRIBUTES: 'a=b' }, 'off'],
    ['off with an endpoint for metrics only', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: URL_ }, 'off'],
    ['off with an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 'off'],
    ['on with an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: URL_ }, 'on'],
    ['on with an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: URL_ }, 'on'],
    ['on with an exporter, at the standard endpoint', { OTEL_TRACES_EXPORTER: 'otlp' }, 'on'],
    ['off with `none`', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: URL_ }, 'off'],
    ['off when the SDK is disabled', { OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_EXPORTER: 'otlp' }, 'off'],
    ['on when the SDK is not disabled', { OTEL_SDK_DISABLED: 'false', OTEL_TRACES_EXPORTER: 'otlp' }, 'on'],
    ['refused by another exporter', { OTEL_TRACES_EXPORTER: 'zipkin' }, 'refused'],
    ['refused over gRPC', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'refused'],
    ['refused to an endpoint that is no URL', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'refused'],
    ['refused by a sampler of others', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'xray' }, 'refused'],
    [
      'refused by a share above 1',
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '20' },
      'refused',
    ],
  ])('%s', (_, env, kind) => expect(tracingAsked(env).kind).toBe(kind));
});

it('are sent as protobuf by default, as JSON on request', () => {
  expect(plan({}).protocol).toBe('http/protobuf');
  expect(plan({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }).protocol).toBe('http/json');
  const both = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' };
  expect(plan(both).protocol).toBe('http/json');
});

it('are sampled as the variables say', () => {
  expect(plan({}).sampling).toEqual({ kind: 'always_on', ratio: 1 });
  const share = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
  expect(plan(share).sampling).toEqual({ kind: 'traceidratio', ratio: 0.25 });
});

it('are batched as the variables say; what is no number is left to the SDK', () => {
  const env = { OTEL_BSP_SCHEDULE_DELAY: '250', OTEL_BSP_MAX_QUEUE_SIZE: 'many' };
  expect(plan(env).batching).toEqual({ scheduledDelayMillis: 250 });
});

it('have secrets in their headers, as they are written and as they are meant', () => {
  const env = { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key, other= , odd', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=c%' };
  expect(plan(env).secrets).toEqual(['a%20key', 'a key', 'c%']);
});
