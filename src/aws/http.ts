/** What carries the SDK's requests: undici's connections, which take half as long over a call as Node's own client. */
import { buildQueryString, type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import { FailureError } from '../core/failure.ts';
import { whenAborted } from '../lib/linked.ts';

export interface HttpOptions {
  /** To one host; requests beyond wait for one. */
  readonly connections: number;
  /** Real milliseconds until the first byte of an answer, and between two parts of it. */
  readonly patience: number;
}

type Answer = Awaited<ReturnType<HttpHandler['handle']>>;
type Context = NonNullable<Parameters<HttpHandler['handle']>[1]>;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** Real milliseconds. */
const CONNECTED_WITHIN = 3_000;
/** Real milliseconds that a connection is held open between two polls, unless the other side says less. */
const KEPT_FOR = 60_000;
/** Bytes: it would be held in memory several times over. A whole page of GetMetricData (100,800 datapoints) takes a quarter. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

function tooLarge(): FailureError {
  const message = `an answer larger than ${LARGEST_ANSWER} bytes was not read`;
  return new FailureError({ reason: 'malformed', retryable: true, message });
}

/** What the SDK, which decides whether to try again, and whoever reads the failure know these by. */
const KNOWN_AS: Readonly<Record<string, { readonly name: string; readonly code: string }>> = {
  UND_ERR_CONNECT_TIMEOUT: { name: 'TimeoutError', code: 'ETIMEDOUT' },
  UND_ERR_HEADERS_TIMEOUT: { name: 'TimeoutError', code: 'ETIMEDOUT' },
  UND_ERR_BODY_TIMEOUT: { name: 'TimeoutError', code: 'ETIMEDOUT' },
  UND_ERR_SOCKET: { name: 'Error', code: 'ECONNRESET' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { name: 'Error', code: 'ECONNRESET' },
  UND_ERR_DESTROYED: { name: 'Error', code: 'ECONNRESET' },
};

function knownError(error: Error): Error {
  const known = 'code' in error ? KNOWN_AS[String(error.code)] : undefined;
  return known === undefined ? error : Object.assign(new Error(error.message, { cause: error }), known);
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('Request aborted', { cause: signal.reason }), { name: 'AbortError' });
}

/** As the SDK takes them: what came several times is one text. */
function flat(headers: Headers): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) texts[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return texts;
}

/** The bytes of all parts, as a view of their own: the SDK makes what it is given into something else. */
function joined(parts: readonly Buffer[]): Uint8Array {
  const [first] = parts;
  const whole = first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
}

/** Collects one answer whole; ends at once when the signal is aborted, also while the request waits for a connection. */
class Collector implements Dispatcher.DispatchHandler {
  readonly #done: (answer: Answer) => void;
  readonly #failed: (error: Error) => void;
  readonly #letGo: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #over: Error | undefined;
  #start:
    | { readonly statusCode: number; readonly headers: Record<string, string>; readonly reason: string }
    | undefined;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(done: (answer: Answer) => void, failed: (error: Error) => void, signal: AbortSignal | undefined) {
    this.#done = done;
    this.#failed = failed;
    this.#letGo = signal === undefined ? () => {} : whenAborted(signal, () => this.#end(abortError(signal)));
  }

  #end(error: Error): void {
    this.#over = error;
    this.#failed(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Nobody waits for it any more: it is not sent.
    if (this.#over !== undefined) controller.abort(this.#over);
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: Headers, reason = ''): void {
    this.#start = { statusCode, headers: flat(headers), reason };
    if (Number(this.#start.headers['content-length']) > LARGEST_ANSWER) this.#end(tooLarge());
  }

  onResponseData(_: Dispatcher.DispatchController, part: Buffer): void {
    this.#size += part.byteLength;
    if (this.#size > LARGEST_ANSWER) this.#end(tooLarge());
    else this.#parts.push(part);
  }

  onResponseEnd(): void {
    this.#letGo();
    const { statusCode = 0, headers = {}, reason = '' } = this.#start ?? {};
    this.#done({ response: new HttpResponse({ statusCode, headers, reason, body: joined(this.#parts) }) });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#letGo();
    this.#failed(knownError(error));
  }
}

function pathOf({ path, query }: HttpRequest): string {
  const text = buildQueryString(query);
  return text === '' ? path : `${path}?${text}`;
}

/** The SDK's way to the network; requests beyond its connections wait in it, until they are aborted. */
export class UndiciHandler implements HttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: HttpOptions;
  readonly #pools = new Map<string, Pool>();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  #poolOf(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const { connections, patience } = this.#options;
    const made = new Pool(origin, {
      connections,
      headersTimeout: patience,
      bodyTimeout: patience,
      keepAliveTimeout: KEPT_FOR,
      connect: { timeout: CONNECTED_WITHIN },
      allowH2: false,
    });
    this.#pools.set(origin, made);
    return made;
  }

  async handle(request: HttpRequest, { abortSignal }: Context = {}): Promise<Answer> {
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    if (signal?.aborted) throw abortError(signal);
    const { protocol, hostname, port, method, headers, body } = request;
    const pool = this.#poolOf(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
    return new Promise((resolve, reject) => {
      pool.dispatch(
        { path: pathOf(request), method: method as Dispatcher.HttpMethod, headers, body },
        new Collector(resolve, reject, signal),
      );
    });
  }

  /** The SDK would set options of its own handler by it. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  /** Ends what is under way; what is asked afterwards is carried by new connections. */
  destroy(): void {
    for (const pool of this.#pools.values()) void pool.destroy();
    this.#pools.clear();
  }
}
