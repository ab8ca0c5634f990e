/** The whole body of a request, unpacked and bounded. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Above what any operation takes. */
const LARGEST = 8 * 1024 * 1024;

/** A body that cannot be taken; `status` is what to answer. */
export class BodyError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'BodyError';
    this.status = status;
  }
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    size += piece.length;
    if (size > LARGEST) throw new BodyError(413, `The body is larger than ${LARGEST} bytes.`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

/** Clients pack large PutMetricData calls. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await collect(request);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new BodyError(415, `The content-encoding ${encoding} is not supported; gzip is.`);
  try {
    return await promisify(gunzip)(body, { maxOutputLength: LARGEST });
  } catch (error) {
    throw new BodyError(400, `The body is not gzip: ${error instanceof Error ? error.message : String(error)}`);
  }
}
