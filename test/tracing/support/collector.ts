/** A collector for OpenTelemetry traces: takes OTLP over HTTP on loopback, keeps each request and the spans of JSON. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const value = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) => {
    const known = list.map(({ key, value: v }) => [
      key,
      v.stringValue ?? v.boolValue ?? Number(v.intValue ?? v.doubleValue),
    ]);
    return z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).parse(Object.fromEntries(known));
  });
const spanSchema = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string().transform(BigInt),
  endTimeUnixNano: z.string().transform(BigInt),
  attributes,
  events: z.array(z.object({ name: z.string(), timeUnixNano: z.string(), attributes })).default([]),
  status: z.object({ code: z.number().default(0), message: z.string().optional() }).default({ code: 0 }),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});
export type SeenSpan = z.infer<typeof spanSchema> & { readonly resource: z.infer<typeof attributes> };

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { path: string; headers: IncomingHttpHeaders; body: Buffer }[];
  /** Spans of every request in JSON so far. */
  spans(): readonly SeenSpan[];
  named(name: string): readonly SeenSpan[];
  /** What requests are answered from now on; default 200. */
  answer(status: number): void;
}

function spansIn(body: Buffer): readonly SeenSpan[] {
  const { resourceSpans } = request.parse(JSON.parse(body.toString('utf8')));
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, resource: resource.attributes }))),
  );
}

export async function startCollector(): Promise<Collector> {
  const requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  let status = 200;
  const server = createServer(async (asked, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (status === 200) requests.push({ path: asked.url ?? '', headers: asked.headers, body });
    answer.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const spans = () =>
    requests
      .filter(({ headers }) => headers['content-type'] === 'application/json')
      .flatMap(({ body }) => spansIn(body));
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    spans,
    named: (name) => spans().filter((span) => span.name === name),
    answer(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
