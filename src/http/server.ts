/** The daemon's HTTP: is it alive, is it ready, what does it count, what is it watching; and the little a person may tell it. */
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { addHookRoutes, type HookRoutes } from './hooks.ts';
import { addOperatorRoutes, type Operator } from './operator.ts';

/** An answer to a question with yes or no; `because` names every reason for a no. */
export interface Report {
  readonly ok: boolean;
  readonly because: readonly string[];
}

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether the loop makes progress. */
  readonly health: () => Report;
  /** Whether discovery has succeeded once for every target. */
  readonly ready: () => Report;
  readonly metrics: Registry;
  /** Anything that JSON.stringify takes. */
  readonly status: () => unknown;
  /** Without one nothing may be told. */
  readonly operator?: Operator;
  /** What who tells something has to send; without one only this machine is listened to. */
  readonly token?: () => string | undefined;
  /** Without it nothing comes in. */
  readonly hooks?: HookRoutes;
}

export interface HttpServer extends AsyncDisposable {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

function answer(reply: FastifyReply, report: Report): FastifyReply {
  return reply.code(report.ok ? 200 : 503).send(report);
}

function addRoutes(app: FastifyInstance, options: HttpOptions): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  app.get('/healthz', (_request, reply) => answer(reply, options.health()));
  app.get('/readyz', (_request, reply) => answer(reply, options.ready()));
  app.get('/status', (_request, reply) => reply.send(options.status()));
  app.get('/metrics', async (_request, reply) => {
    const text = await options.metrics.metrics();
    return reply.type(options.metrics.contentType).send(text);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ ok: false, because: [`there is no ${request.method} ${request.url.slice(0, 200)}`] }),
  );
  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    const because = error instanceof Error ? error.message : String(error);
    return reply.code(status >= 400 && status < 600 ? status : 500).send({ ok: false, because: [because] });
  });
}

function urlOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the HTTP server has no address');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

const MOST_CONNECTIONS = 1_000;

/** Listens; rejects with Node's error (EADDRINUSE, EACCES, …) when it cannot. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const app = Fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    requestTimeout: 10_000,
    connectionTimeout: 15_000,
    keepAliveTimeout: 5_000,
    // Node looks every 30 s only whether a request takes too long to come.
    http: { connectionsCheckingInterval: 2_000 },
    forceCloseConnections: true,
  });
  addRoutes(app, options);
  const { operator, token = () => undefined } = options;
  if (operator !== undefined) addOperatorRoutes(app, operator, token);
  if (options.hooks !== undefined) await addHookRoutes(app, options.hooks);
  // Connections are descriptors, and the watching needs some as well.
  app.server.maxConnections = MOST_CONNECTIONS;
  await app.listen({ host: options.host, port: options.port });
  const stop = () => app.close();
  return { url: urlOf(app), stop, [Symbol.asyncDispose]: stop };
}
