/** Whether spans reach the collector: told once when they do not, and once when they do again. */
import type { SpanExporter } from '@opentelemetry/sdk-trace';

export type Delivery =
  | { readonly kind: 'failing'; readonly because: string }
  | { readonly kind: 'again'; readonly lost: number };

/** `HTTP 503`, `ECONNREFUSED`: the messages of exporters may hold what they were answered, or an address. */
function codeOf(error: Error | undefined): string {
  if (error === undefined) return 'no reason given';
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `HTTP ${code}`;
  if (typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  return error.cause instanceof Error ? codeOf(error.cause) : 'no answer that could be read';
}

/** An exporter that counts what did not arrive. */
export function watchedExporter(inner: SpanExporter, tell: (delivery: Delivery) => void): SpanExporter {
  let lost = 0;
  return {
    export(spans, done) {
      inner.export(spans, (result) => {
        const failed = result.error !== undefined || result.code !== 0;
        if (failed && lost === 0) tell({ kind: 'failing', because: codeOf(result.error) });
        if (!failed && lost > 0) tell({ kind: 'again', lost });
        lost = failed ? lost + spans.length : 0;
        done(result);
      });
    },
    forceFlush: async () => inner.forceFlush?.(),
    shutdown: () => inner.shutdown(),
  };
}
