/** What OpenTelemetry's standard environment variables ask for; by default nothing. */

type Environment = Readonly<Record<string, string | undefined>>;

export interface Sampling {
  readonly kind: 'always_on' | 'always_off' | 'traceidratio';
  /** 0..1, of all traces. */
  readonly ratio: number;
}

/** Of the batches that are sent; what is undefined is left to the SDK. */
interface Batching {
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
  readonly maxQueueSize?: number;
  readonly maxExportBatchSize?: number;
}

/** Where to, how authenticated and how long is read by the exporter itself (`OTEL_EXPORTER_OTLP_*`). */
export interface TracingPlan {
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly sampling: Sampling;
  readonly batching: Batching;
  /** Values of headers: they must not be seen. */
  readonly secrets: readonly string[];
}

export type Asked =
  | { readonly kind: 'off' }
  /** Traces were asked for in a way this program does not have. */
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'on'; readonly plan: TracingPlan };

/** An empty variable is one that is not set, says the specification. */
function reader(env: Environment) {
  const text = (name: string) => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  return {
    text,
    /** Undefined when it is no such number: the SDK's default counts then. */
    number(name: string): number | undefined {
      const value = Number(text(name) ?? Number.NaN);
      return Number.isFinite(value) && value > 0 ? value : undefined;
    },
  };
}
type Reader = ReturnType<typeof reader>;

function batchingOf({ number }: Reader): Batching {
  const given = {
    scheduledDelayMillis: number('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: number('OTEL_BSP_EXPORT_TIMEOUT'),
    maxQueueSize: number('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
}

/** Every trace begins here, so that what its parent says never counts: `parentbased_` makes no difference. */
function samplingOf({ text }: Reader): Sampling | string {
  const sampler = text('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const kind = sampler.replace(/^parentbased_/, '');
  if (kind === 'always_on' || kind === 'always_off') return { kind, ratio: 1 };
  if (kind !== 'traceidratio') {
    return 'OTEL_TRACES_SAMPLER: expected always_on, always_off, traceidratio or one of these with parentbased_ before it';
  }
  const ratio = Number(text('OTEL_TRACES_SAMPLER_ARG') ?? 1);
  if (ratio >= 0 && ratio <= 1) return { kind, ratio };
  return 'OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1';
}

/** `name=value,…`, each value percent-encoded where it has to be; both forms may be seen. */
function headerValues(text = ''): readonly string[] {
  return text.split(',').flatMap((pair) => {
    const written = pair.slice(pair.indexOf('=') + 1).trim();
    if (!pair.includes('=') || written === '') return [];
    try {
      return [written, decodeURIComponent(written)];
    } catch {
      return [written];
    }
  });
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

function protocolOf({ text }: Reader): TracingPlan['protocol'] | undefined {
  const asked = text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? text('OTEL_EXPORTER_OTLP_PROTOCOL') ?? PROTOCOLS[0];
  return PROTOCOLS.find((protocol) => protocol === asked);
}

/**
 * Asked for by `OTEL_TRACES_EXPORTER=otlp`, or by an endpoint for traces while that is not set. (By the specification
 * traces are on when nothing is said at all; here nothing is loaded then.)
 */
export function tracingAsked(env: Environment): Asked {
  const read = reader(env);
  const { text } = read;
  const endpoint = text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const exporter = text('OTEL_TRACES_EXPORTER') ?? (endpoint === undefined ? 'none' : 'otlp');
  if (exporter === 'none' || text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { kind: 'off' };
  if (exporter !== 'otlp') return { kind: 'refused', because: 'OTEL_TRACES_EXPORTER: expected otlp or none' };
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    return { kind: 'refused', because: 'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL of http or https' };
  }
  const protocol = protocolOf(read);
  if (protocol === undefined) {
    return { kind: 'refused', because: `OTEL_EXPORTER_OTLP_PROTOCOL: expected ${PROTOCOLS.join(' or ')}` };
  }
  const sampling = samplingOf(read);
  if (typeof sampling === 'string') return { kind: 'refused', because: sampling };
  const headers = [text('OTEL_EXPORTER_OTLP_HEADERS'), text('OTEL_EXPORTER_OTLP_TRACES_HEADERS')];
  const secrets = headers.flatMap(headerValues);
  return { kind: 'on', plan: { protocol, sampling, batching: batchingOf(read), secrets } };
}
