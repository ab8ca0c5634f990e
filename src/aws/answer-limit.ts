/** An answer larger than any of AWS is not read to its end: it would be held in memory several times over. */
import { Readable, Transform } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FailureError } from '../core/failure.ts';

/** A whole page of GetMetricData (100,800 datapoints) takes a quarter of it. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

function tooLarge(): FailureError {
  const message = `an answer larger than ${LARGEST_ANSWER} bytes was not read`;
  return new FailureError({ reason: 'malformed', retryable: true, message });
}

/** Node reads no more than was announced; what is announced as small need not be counted. */
function isSmall(headers: Readonly<Record<string, string>>): boolean {
  const announced = headers['content-length'];
  return announced !== undefined && Number(announced) <= LARGEST_ANSWER;
}

/** Ends with an error as soon as more has come than there may be. */
function limited(body: Readable): Readable {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.byteLength;
      if (size > LARGEST_ANSWER) done(tooLarge());
      else done(null, chunk);
    },
  });
  body.once('error', (error) => limit.destroy(error));
  limit.once('error', () => body.destroy());
  return body.pipe(limit);
}

/** Node's HTTP as the SDK uses it, which reads no answer that is too large. */
export class LimitedHandler extends NodeHttpHandler {
  override async handle(...args: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const answer = await super.handle(...args);
    const body: unknown = answer.response.body;
    if (body instanceof Readable && !isSmall(answer.response.headers)) answer.response.body = limited(body);
    return answer;
  }
}
