/** Stands on the wire between the daemon and the sandbox and changes what is answered, byte by byte if need be. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

interface WireBody {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What becomes of the answer to an operation. */
export type Change = (operation: string, answer: WireBody) => WireBody;

export interface Proxy extends AsyncDisposable {
  readonly url: string;
}

const APPCONFIG: readonly (readonly [RegExp, string])[] = [
  [/^GET \/applications$/, 'ListApplications'],
  [/^GET \/applications\/[^/]+\/environments$/, 'ListEnvironments'],
  [/^GET .*\/deployments$/, 'ListDeployments'],
  [/^GET .*\/deployments\/\d+$/, 'GetDeployment'],
  [/^DELETE .*\/deployments\/\d+$/, 'StopDeployment'],
  [/^GET \/tags\//, 'ListTagsForResource'],
];

function operationOf(request: IncomingMessage): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.')[1] ?? '';
  const line = `${request.method} ${request.url?.split('?')[0]}`;
  return APPCONFIG.find(([pattern]) => pattern.test(line))?.[1] ?? '';
}

export async function proxy(upstream: string, change: Change): Promise<Proxy> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const sent = await buffer(request);
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const got = await fetch(new URL(request.url ?? '/', upstream), {
      method: request.method ?? 'GET',
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      ...(sent.length > 0 ? { body: sent } : {}),
    });
    const plain = Object.fromEntries(
      [...got.headers].filter(([name]) => !/^(connection|keep-alive|transfer-encoding|content-length)$/.test(name)),
    );
    const body = Buffer.from(await got.arrayBuffer());
    const answer = change(operationOf(request), { status: got.status, headers: plain, body });
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Changes JSON answers by what `edit` makes of their data. */
export function editing(edit: (operation: string, data: unknown) => unknown): Change {
  return (operation, answer) => {
    if (answer.body.length === 0) return answer;
    return { ...answer, body: Buffer.from(JSON.stringify(edit(operation, JSON.parse(answer.body.toString())))) };
  };
}
