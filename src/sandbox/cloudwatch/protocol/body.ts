/** The bytes of a request as the client meant them: unpacked, and within a bound. */
import { gunzipSync } from 'node:zlib';
import type { WireRequest } from '../../wire.ts';
import { serialization } from '../rejection.ts';

/** PutMetricData takes 1 MB; other calls are smaller. Room is left for clients that write it verbosely. */
const LARGEST = 16 * 1024 * 1024;

export function bodyOf(request: WireRequest): Buffer {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return request.body;
  if (encoding !== 'gzip') throw serialization(`The content encoding ${encoding} is not supported; send gzip or none.`);
  try {
    return gunzipSync(request.body, { maxOutputLength: LARGEST });
  } catch {
    throw serialization('The request body is not valid gzip, or is larger than 16 MB when unpacked.');
  }
}
