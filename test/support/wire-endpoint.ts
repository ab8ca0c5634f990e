/** An HTTP endpoint that answers as a test tells it to, on loopback, and the access of a source to it. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Clock } from '../../src/lib/clock.ts';
import { sourceAccess, type TestAccess } from './source-access.ts';

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Parameters of the address, or of a form. */
  readonly form: URLSearchParams;
}

/** What is no object with a status is answered with 200, as JSON. */
interface Told {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}
export type WireAnswer = 'hang' | 'cut off' | Told | { readonly json: unknown };

export interface WireEndpoint extends AsyncDisposable {
  readonly origin: string;
  readonly requests: WireRequest[];
  reply: (request: WireRequest) => WireAnswer;
  access(clock: Clock): TestAccess;
}

function send(response: ServerResponse, answer: WireAnswer): void {
  if (answer === 'hang') return;
  if (answer === 'cut off') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"status":"success","data":{"resultType":');
    response.destroy();
    return;
  }
  const json = { 'content-type': 'application/json' };
  const told = 'json' in answer ? { status: 200, headers: json, text: JSON.stringify(answer.json) } : answer;
  response.writeHead(told.status, told.headers ?? json);
  response.end(told.text);
}

export async function wireEndpoint(reply: WireEndpoint['reply']): Promise<WireEndpoint> {
  const requests: WireRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const form = isForm ? new URLSearchParams(body) : url.searchParams;
    const seen = { method: request.method ?? '', url, headers: request.headers, body, form };
    requests.push(seen);
    send(response, wire.reply(seen));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const opened: TestAccess[] = [];
  const wire: WireEndpoint = {
    origin,
    requests,
    reply,
    access(clock) {
      const made = sourceAccess(clock);
      opened.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return wire;
}
