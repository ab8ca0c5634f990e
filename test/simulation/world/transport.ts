/**
 * The network between one process and AWS: the SDK's requests handed to the sandbox's gateway, answers late and in any
 * order, connections that break, as Node's HTTP handler would tell them. What a dead process sent has left all the same.
 */
import type { Outcome } from '../../../src/sandbox/gateway.ts';
import { type Inside, inside } from '../kernel/globals.ts';
import type { VirtualTime } from '../kernel/virtual-time.ts';
import { chanceFor } from '../scenario/chance.ts';
import type { Aws } from './aws.ts';
import type { Process } from './process.ts';

/** One request of a daemon, and what came of it. */
export interface Exchange {
  readonly daemon: number;
  readonly life: number;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly path: string;
  readonly allowRevert: boolean;
  readonly at: number;
  /** Requests of the same operation and path that were under way when this one was sent. */
  readonly beside: number;
  /** When the process had its answer, or knew that there was none; a given-up one has this too. */
  doneAt?: number;
  /** When it reached AWS. */
  reachedAt?: number;
  /** 0 for no answer. */
  status?: number;
  /** Whether every result of the answer was complete. */
  complete?: boolean;
}

export interface NetworkOptions {
  readonly seed: number;
  readonly slowest: number;
  readonly time: VirtualTime;
  /** Where AWS runs. */
  readonly outside: Inside;
  readonly aws: Aws;
  readonly exchanges: Exchange[];
}

export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

interface SdkAnswer {
  readonly response: { statusCode: number; headers: Record<string, string>; body: Buffer };
}

/** What the SDK sends its requests by. */
export interface Wire {
  handle(request: SdkRequest, options?: { readonly abortSignal?: AbortSignal }): Promise<SdkAnswer>;
}

/** As aws/clients.ts asks of Node's HTTP handler. */
const REQUEST_TIMEOUT = 15_000;

function failure(name: string, code: string): Error {
  return Object.assign(new Error(`${code}: the connection`), { name, code });
}

export function textOf({ body = '' }: Pick<SdkRequest, 'body'>): string {
  return typeof body === 'string' ? body : Buffer.concat([body]).toString();
}

function operationOf({ method, path, headers, body }: SdkRequest): string {
  const target = headers['x-amz-target'] ?? headers['X-Amz-Target'];
  if (target !== undefined) return target.split('.')[1] ?? target;
  if (path === '/') return new URLSearchParams(textOf({ body })).get('Action') ?? 'Unknown';
  if (path.startsWith('/tags/')) return 'ListTagsForResource';
  if (path === '/applications') return 'ListApplications';
  if (path.endsWith('/environments')) return 'ListEnvironments';
  if (path.endsWith('/deployments')) return 'ListDeployments';
  return method === 'DELETE' ? 'StopDeployment' : 'GetDeployment';
}

function queryOf(query: SdkRequest['query'] = {}): URLSearchParams {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value ?? ''].flat().map((text): [string, string] => [key, text]),
  );
  return new URLSearchParams(pairs);
}

const TROUBLED = /"StatusCode":"(?:PartialData|InternalError|Forbidden)"/;

/** Lives as long as the run; `transportOf` gives each process its way into it. */
export function networkOf(options: NetworkOptions) {
  const { seed, time, outside, aws, exchanges } = options;
  const counts = new Map<string, number>();
  const underWay = new Map<string, number>();
  const wait = (duration: number, process: Process | undefined, go: () => void) =>
    duration === 0 ? go() : void time.after(duration, process, go);

  function carry(process: Process, request: SdkRequest, signal: AbortSignal | undefined): Promise<SdkAnswer> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const operation = operationOf({ ...request, headers });
    const scope = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '');
    const key = `${operation} ${scope?.[2]} ${request.path}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const chance = chanceFor(seed, `${key} ${count}`);
    const beside = underWay.get(key) ?? 0;
    const exchange: Exchange = {
      daemon: process.daemon,
      life: process.life,
      operation,
      account: scope?.[1]?.startsWith('ASIA') === true ? '444455556666' : '111122223333',
      region: scope?.[2] ?? '',
      path: request.path,
      allowRevert: headers['allow-revert'] === 'true',
      at: time.now(),
      beside,
    };
    exchanges.push(exchange);
    underWay.set(key, beside + 1);
    const { promise, resolve, reject } = Promise.withResolvers<SdkAnswer>();
    let over = false;
    const end = (settle: () => void) => {
      if (over) return;
      over = true;
      limit.cancel();
      signal?.removeEventListener('abort', onAbort);
      exchange.doneAt = time.now();
      underWay.set(key, (underWay.get(key) ?? 1) - 1);
      // The step at which it hears of the answer may be its last.
      if (!process.dead && !process.step()) settle();
    };
    const onAbort = () => end(() => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' })));
    const limit = time.after(REQUEST_TIMEOUT, process, () => end(() => reject(failure('TimeoutError', 'ETIMEDOUT'))));
    signal?.addEventListener('abort', onAbort, { once: true });
    const answered = (outcome: Outcome) => {
      if (outcome.kind === 'hang') return;
      if (outcome.kind !== 'answer') {
        exchange.status = 0;
        end(() => reject(failure('TimeoutError', 'ECONNRESET')));
        return;
      }
      const { status, headers: answerHeaders, body } = outcome.answer;
      exchange.status = status;
      exchange.complete = status === 200 && !TROUBLED.test(body);
      const response = {
        statusCode: status,
        headers: { date: new Date(time.now()).toUTCString(), ...answerHeaders },
        body: Buffer.from(body),
      };
      end(() => resolve({ response }));
    };
    const reach = () => {
      exchange.reachedAt = time.now();
      const { method, path } = request;
      const body = Buffer.from(textOf(request));
      const arrived = inside({ ...outside, random: chance.next }, () =>
        aws.core.gateway({ method, path, query: queryOf(request.query), headers, body }),
      );
      void arrived.then((outcome) => wait(latency(), undefined, () => answered(outcome)));
    };
    const latency = () => {
      const draw = chance.next();
      if (draw < 0.6) return 0;
      return Math.round(chance.next() * (draw < 0.97 ? 150 : options.slowest / 2));
    };
    // What was sent arrives, whatever becomes of the sender.
    wait(latency(), undefined, reach);
    return promise;
  }

  return {
    transportOf(process: Process): Wire {
      return {
        handle: (request, { abortSignal } = {}) =>
          process.dead || process.step() ? new Promise<SdkAnswer>(() => {}) : carry(process, request, abortSignal),
      };
    },
  };
}
