/** The bytes of a request's body, and no more of them than are wanted. */
import type { IncomingMessage } from 'node:http';

/** `gone`: the sender left before it was whole. */
export function readBody(request: IncomingMessage, longest: number): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (result: Buffer | 'too-large' | 'gone') => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      // What goes wrong afterwards (a reset of a connection that is closed) is of no interest.
      request.on('error', () => {});
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= longest) return;
      request.pause();
      finish('too-large');
    };
    const onEnd = () => finish(Buffer.concat(chunks));
    const onGone = () => finish('gone');
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}
