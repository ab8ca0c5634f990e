/** The sandbox's HTTP server: bytes in, bytes out, and the ways a connection can end without them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Control } from './control.ts';
import type { Gateway, Outcome } from './gateway.ts';
import { BodyError, readBody } from './http-body.ts';
import type { WireAnswer } from './wire.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly gateway: Gateway;
  readonly control: Control;
}

export interface RunningServer {
  readonly url: string;
  /** Requests that will still be answered; those that hang are not counted. */
  inFlight(): number;
  /** Ends every connection. */
  stop(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that none is closed while it is being used again. */
const KEEP_ALIVE_MS = 75_000;

function headersOf(request: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function send(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, { 'x-amzn-requestid': crypto.randomUUID(), ...answer.headers });
  response.end(answer.body);
}

function carryOut(request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'answer':
      send(response, outcome.answer);
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'close':
      request.socket.destroy();
      return;
    case 'hang':
      // Until the client goes away or the server is stopped.
      return;
  }
}

/** A fault of the sandbox itself, or a body it cannot take: told, never thrown away. */
function brokenAnswer(error: unknown): WireAnswer {
  const status = error instanceof BodyError ? error.status : 500;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const told = error instanceof BodyError ? error.message : `The sandbox itself failed: ${message}`;
  const body = JSON.stringify({ Message: told, message: told });
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'SandboxFailure' }, body };
}

/** Rejects when it cannot listen, with Node's error (`code` EADDRINUSE, EACCES, …). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  let underWay = 0;
  const outcomeOf = async (request: IncomingMessage): Promise<Outcome> => {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    if (path.startsWith('/_sandbox/')) return { kind: 'answer', answer: options.control(method, path, body) };
    return options.gateway({ method, path, query: new URLSearchParams(query), headers: headersOf(request), body });
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    underWay += 1;
    try {
      carryOut(request, response, await outcomeOf(request));
    } catch (error) {
      // A client that went away while it was sending is nobody to answer.
      if (!request.destroyed || request.complete) send(response, brokenAnswer(error));
    } finally {
      underWay -= 1;
    }
  };
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void serve(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.port;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    inFlight: () => underWay,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
