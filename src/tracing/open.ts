/** A tracer on OpenTelemetry's SDK, sending OTLP over HTTP; this file is loaded only where traces are asked for. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type Attributes as OtelAttributes,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { failureOf } from '../core/failure.ts';
import { plainText } from '../lib/text.ts';
import type { Attributes, Tracer } from '../lib/trace.ts';
import { type Delivery, watchedExporter } from './delivery.ts';
import type { Sampling, TracingPlan } from './environment.ts';

export interface OpenOptions {
  readonly plan: TracingPlan;
  readonly version: string;
  /** Makes a text fit to leave the process. */
  readonly hide: (text: string) => string;
  /** Told when spans could not be delivered, and when they could again. */
  readonly onDelivery: (delivery: Delivery) => void;
}

export interface OpenTracer extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** Names and reasons come from others: a span holds no more of them than a line of the log. */
const LONGEST = 300;
/** Real milliseconds for what is left at the end. */
const LAST: number = 3_000;

function samplerOf({ kind, ratio }: Sampling): Sampler {
  if (kind === 'always_off') return new AlwaysOffSampler();
  const root = kind === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
  return new ParentBasedSampler({ root });
}

async function exporterOf({ protocol }: TracingPlan): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

/** What the SDK says of itself, then this program, then `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. */
function resourceOf(version: string) {
  const own = resourceFromAttributes({ 'service.name': 'appconfig-watchdog', 'service.version': version });
  const detectors = [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(own).merge(detectResources({ detectors }));
}

/** The span under way is kept by the asynchronous context, so that nobody has to hand it on. */
function tracerOn(otel: OtelTracer, hide: (text: string) => string): Tracer {
  const underWay = new AsyncLocalStorage<{ readonly context: Context; readonly span: Span }>();
  const shown = (about: Attributes): OtelAttributes => {
    const texts = Object.entries(about).map(([key, value]) => [
      key,
      typeof value === 'string' ? plainText(hide(value), LONGEST) : value,
    ]);
    return Object.fromEntries(texts.filter(([, value]) => value !== undefined));
  };
  const fail = (span: Span, reason: string, message?: string) => {
    span.setAttribute('error.type', reason);
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
  };
  return {
    async span(name, about, work, client) {
      const parent = underWay.getStore()?.context ?? ROOT_CONTEXT;
      const kind = client === undefined ? SpanKind.INTERNAL : SpanKind.CLIENT;
      const span = otel.startSpan(name, { kind, attributes: shown(about()) }, parent);
      try {
        return await underWay.run({ context: trace.setSpan(parent, span), span }, work);
      } catch (error) {
        const { reason, message } = failureOf(error);
        fail(span, reason, plainText(hide(message), LONGEST));
        throw error;
      } finally {
        span.end();
      }
    },
    note(name, about) {
      const span = underWay.getStore()?.span;
      if (span?.isRecording() === true) span.addEvent(name, shown(about()));
    },
    add(about) {
      const span = underWay.getStore()?.span;
      if (span?.isRecording() !== true) return;
      const attributes = shown(about());
      span.setAttributes(attributes);
      if (typeof attributes['error.type'] === 'string') fail(span, attributes['error.type']);
    },
  };
}

/** Sends in batches, in the background; nothing it does is waited for but what is left at the end, for 3 s at most. */
export async function openTracer({ plan, version, hide, onDelivery }: OpenOptions): Promise<OpenTracer> {
  const exporter = watchedExporter(await exporterOf(plan), onDelivery);
  const provider = new TracerProvider({
    resource: resourceOf(version),
    sampler: samplerOf(plan.sampling),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...plan.batching })],
  });
  return {
    tracer: tracerOn(provider.getTracer('appconfig-watchdog', version), hide),
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST);
      // What could not be delivered has been told.
      await Promise.race([provider.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
}
