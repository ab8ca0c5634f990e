/** A thread that posts as fast as it is answered, over connections it opens anew whenever one is closed. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface FloodOrder {
  readonly port: number;
  readonly posts: number;
  readonly connections: number;
  /** Whole requests as bytes; sent in turn. */
  readonly requests: readonly string[];
}

export interface FloodResult {
  readonly answered: number;
  /** Closed before an answer came. */
  readonly cut: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

function flood({ port, posts, connections, requests }: FloodOrder, done: (result: FloodResult) => void): void {
  const byStatus: Record<string, number> = {};
  let [sent, answered, cut] = [0, 0, 0];
  const bytes = requests.map((text) => Buffer.from(text, 'latin1'));

  function finish(socket: Socket): void {
    socket.destroy();
    if (answered + cut >= posts) done({ answered, cut, byStatus });
  }

  function open(): void {
    const socket = connect(port, '127.0.0.1');
    let waiting = false;
    const next = () => {
      if (sent >= posts) return finish(socket);
      waiting = true;
      socket.write(bytes[sent++ % bytes.length] ?? '');
    };
    socket.on('connect', next);
    socket.on('data', (chunk: Buffer) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1', 0, 16))?.[1];
      if (status === undefined || !waiting) return;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      answered++;
      waiting = false;
      next();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (waiting) cut++;
      waiting = false;
      if (sent < posts) open();
      else finish(socket);
    });
  }
  for (let at = 0; at < connections; at++) open();
}

const order: FloodOrder = workerData;
let over = false;
flood(order, (result) => {
  if (!over) parentPort?.postMessage(result);
  over = true;
});
