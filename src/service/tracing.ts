/** Traces where the environment asks for them: OpenTelemetry is loaded then, and not before. */
import type { Logger } from 'pino';
import { withoutValues } from '../lib/secret.ts';
import { NO_TRACE, type Tracer } from '../lib/trace.ts';
import { tellProgram } from '../log/program-lines.ts';
import { tracingAsked } from '../tracing/environment.ts';

export interface TracingOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly logger: Logger;
  /** Texts that must never leave the process. */
  readonly secrets: Set<string>;
}

export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
}

const OFF: Tracing = { tracer: NO_TRACE, [Symbol.asyncDispose]: async () => {} };

/** Never rejects: without traces the watchdog does its work as well. */
export async function openTracing({ env, version, logger, secrets }: TracingOptions): Promise<Tracing> {
  const asked = tracingAsked(env);
  if (asked.kind === 'off') return OFF;
  if (asked.kind === 'refused') {
    const { because } = asked;
    tellProgram(logger, 'traces-refused', { because }, `no traces are sent: ${because}`);
    return OFF;
  }
  for (const secret of asked.plan.secrets) secrets.add(secret);
  const { openTracer } = await import('../tracing/open.ts');
  return openTracer({
    plan: asked.plan,
    version,
    hide: (text) => withoutValues(text, secrets),
    onDelivery(delivery) {
      if (delivery.kind === 'failing') {
        const { because } = delivery;
        tellProgram(logger, 'traces-failing', { because }, `traces cannot be delivered: ${because}`);
      } else {
        const { lost } = delivery;
        tellProgram(logger, 'traces-delivered', { lost }, `traces are delivered again; spans that were lost: ${lost}`);
      }
    },
  });
}
