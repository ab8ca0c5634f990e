/** Asks an endpoint as its options say: who asks, over which certificates, no more at once than it can bear. */
import { accessOf } from '../aws/access.ts';
import { abortedError } from '../aws/joint.ts';
import { requestSigner, type Signable } from '../aws/sign.ts';
import { failureOf } from '../core/failure.ts';
import { gate } from '../lib/gate.ts';
import type { HttpAnswer } from '../lib/http.ts';
import type { SourceAccess } from './access.ts';
import type { EndpointOptions } from './options.ts';
import { tlsOf } from './tls.ts';

interface Request {
  /** Whom is asked, for messages. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request; any answer is an answer. Throws FailureError where there is none. */
export type Ask = (endpoint: EndpointOptions, request: Request, signal: AbortSignal) => Promise<HttpAnswer>;

/** Requests of one source on the wire at once: the time of those that wait has not begun. */
const MOST_AT_ONCE = 16;

/** `source` is the kind of the source that asks. */
export function asker(source: string, access: SourceAccess): Ask {
  const door = gate(MOST_AT_ONCE);
  const sign = requestSigner(access);

  async function authorised({ auth }: EndpointOptions, request: Signable, signal: AbortSignal) {
    switch (auth?.kind) {
      case undefined:
        return request.headers;
      case 'bearer':
        return { ...request.headers, authorization: `Bearer ${auth.token.reveal()}` };
      case 'basic': {
        const pair = Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64');
        return { ...request.headers, authorization: `Basic ${pair}` };
      }
      case 'sigv4':
        return sign(accessOf(auth), auth.service, request, signal);
    }
  }

  async function send(endpoint: EndpointOptions, request: Request, signal: AbortSignal): Promise<HttpAnswer> {
    const own = Object.entries(endpoint.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]);
    const plain = {
      ...request,
      headers: { accept: 'application/json', ...request.headers, ...Object.fromEntries(own) },
    };
    const tls = await tlsOf(endpoint);
    const headers = await authorised(endpoint, plain, signal);
    return access.http.send({ ...plain, headers, ...tls, timeout: endpoint.timeout }, signal);
  }

  return async (endpoint, request, signal) => {
    await door.enter(signal).catch(() => {
      throw abortedError(request.what);
    });
    const started = performance.now();
    const report = (more: object) => access.onRequest?.({ source, duration: performance.now() - started, ...more });
    try {
      const answer = await send(endpoint, request, signal);
      report({});
      return answer;
    } catch (error) {
      report({ failure: failureOf(error) });
      throw error;
    } finally {
      door.leave();
    }
  };
}
