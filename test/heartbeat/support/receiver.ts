/** A service that waits for heartbeats, over real HTTP on loopback. */
import { once } from 'node:events';
import { createServer } from 'node:http';

interface Beat {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly beats: readonly Beat[];
  paths(): readonly string[];
  /** What the next beats are answered, one after the other; then 200 OK. `hang`: never. */
  answers(...next: readonly (number | 'hang' | { readonly text: string })[]): void;
}

export async function startReceiver(): Promise<Receiver> {
  const beats: Beat[] = [];
  let planned: (number | 'hang' | { readonly text: string })[] = [];
  const server = createServer(async (asked, answer) => {
    let body = '';
    for await (const chunk of asked.setEncoding('utf8')) body += chunk;
    beats.push({ method: asked.method ?? '', path: asked.url ?? '', body });
    const next = planned.shift() ?? 200;
    if (next === 'hang') return;
    if (typeof next === 'object') answer.end(next.text);
    else answer.writeHead(next).end(next === 200 ? 'OK' : `no, ${asked.url}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    beats,
    paths: () => beats.map(({ path }) => path),
    answers(...next) {
      planned = [...next];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
