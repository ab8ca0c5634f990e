/** A stretch of wire between daemon and sandbox that can be cut: every connection over it is reset at once. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface Line extends AsyncDisposable {
  readonly url: string;
  /** Resets what is connected; new connections are taken as before. */
  cut(): void;
  /** Connections that were made over it so far. */
  connections(): number;
}

export async function lineTo(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
      // What is reset says so, and that is the point of it.
      socket.on('error', () => {});
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wire has no port');
  const cut = () => {
    for (const socket of [...open]) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
