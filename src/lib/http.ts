/** HTTP to anybody but AWS's SDK: bounded in time and size, no redirects, one kind of error, and no secret in any of it. */
import type { Agent } from 'undici';
import { type Failure, FailureError, type FailureReason } from '../core/failure.ts';
import type { Duration } from '../core/time.ts';
import { plainText } from './text.ts';

/** How the other side is known, and this one to it; PEM texts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name the certificate is checked for, where it is not the URL's host. */
  readonly serverName?: string;
}

export interface HttpRequest {
  /** For messages: whom or what is asked, e.g. `Prometheus at prometheus:9090`. Never holds a secret. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** May hold a secret; it stands in no message. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls?: Tls;
  /** Real milliseconds for all of it; default 10 s. */
  readonly timeout?: Duration;
  /** Longest answer in bytes; default 4 MiB. */
  readonly longest?: number;
}

/** Any answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; the first value of each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HttpClient {
  /** Throws FailureError when there is no whole answer: `timeout`, `network`, `malformed` (too long), `aborted`. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

const TIMEOUT: Duration = 10_000;
const LONGEST = 4 * 1024 * 1024;

function reasonOf(status: number): FailureReason {
  if (status === 401 || status === 403 || status === 407) return 'auth';
  if (status === 404) return 'not-found';
  if (status === 408) return 'timeout';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unavailable';
  return 'rejected';
}

const RETRYABLE: ReadonlySet<FailureReason> = new Set(['throttled', 'timeout', 'network', 'unavailable']);

/** What `Retry-After` asks for; one in the form of a date is not taken, since clocks differ. */
function retryAfterOf({ headers }: HttpAnswer): { retryAfter?: Duration } {
  const seconds = /^\s*(\d{1,6})\s*$/.exec(headers['retry-after'] ?? '')?.[1];
  return seconds === undefined ? {} : { retryAfter: Number(seconds) * 1_000 };
}

/** The failure an answer of 3xx to 5xx means; `said` is what the body says in one line, where that can be read. */
export function failureOfAnswer(what: string, answer: HttpAnswer, said = ''): FailureError {
  const { status } = answer;
  const reason = reasonOf(status);
  const because = said === '' ? '' : `: ${plainText(said, 300)}`;
  const message = `${what} answered ${status}${because}`;
  return new FailureError({ reason, retryable: RETRYABLE.has(reason), message, status, ...retryAfterOf(answer) });
}

/** An answer that cannot be read as what was asked for. */
export function malformedAnswer(what: string, because: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: false, message: `${what}: ${plainText(because, 300)}` });
}

const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** `code` of the error or of what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : error.name;
}

/** Codes only: the messages of Node and undici may hold addresses that were asked with a secret in them. */
function failureOfError(what: string, error: unknown): Failure {
  const code = codeOf(error);
  if (TIMEOUTS.has(code)) return { reason: 'timeout', retryable: true, message: `${what}: no answer in time`, code };
  const known = /^(?:E[A-Z_]+|UND_ERR_[A-Z_]+|ERR_[A-Z0-9_]+|CERT_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)$/.test(code);
  const certificate = /CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
  const retryable = !certificate && code !== 'ERR_INVALID_URL';
  return { reason: 'network', retryable, message: `${what} cannot be reached${known ? ` (${code})` : ''}`, code };
}

/** Opens connections lazily and keeps them; one pool for each set of TLS options. */
export function httpClient(): HttpClient {
  const agents = new Map<string, Promise<Agent>>();

  /** Loaded when somebody asks: most daemons only ask AWS. */
  async function open(tls: Tls): Promise<Agent> {
    const { Agent: Pool } = await import('undici');
    const { ca, cert, key, serverName } = tls;
    return new Pool({
      connect: {
        timeout: 5_000,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(serverName === undefined ? {} : { servername: serverName }),
      },
      connections: 16,
    });
  }
  function agentOf(tls: Tls = {}): Promise<Agent> {
    const id = JSON.stringify([tls.ca, tls.cert, tls.key, tls.serverName]);
    const known = agents.get(id) ?? open(tls);
    agents.set(id, known);
    return known;
  }

  async function textOf(body: AsyncIterable<Buffer>, longest: number, what: string): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > longest) throw malformedAnswer(what, `an answer of more than ${longest} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async function ask(asked: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { what, method, url, headers = {}, body, longest = LONGEST } = asked;
    const [{ request }, dispatcher] = await Promise.all([import('undici'), agentOf(asked.tls)]);
    const sent = { method, headers: { 'user-agent': 'appconfig-watchdog', ...headers }, dispatcher, signal };
    const answer = await request(url, { ...sent, ...(body === undefined ? {} : { body }) });
    const named = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat()[0] ?? '']);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(named),
      text: await textOf(answer.body, longest, what),
    };
  }

  return {
    async send(request, signal) {
      const { what, timeout = TIMEOUT } = request;
      const timer = AbortSignal.timeout(timeout);
      try {
        return await ask(request, AbortSignal.any([signal, timer]));
      } catch (error) {
        if (signal.aborted) {
          throw new FailureError({ reason: 'aborted', retryable: false, message: `${what}: given up` });
        }
        if (timer.aborted) {
          const message = `${what}: no answer within ${timeout / 1_000} s`;
          throw new FailureError({ reason: 'timeout', retryable: true, message });
        }
        if (error instanceof FailureError) throw error;
        throw new FailureError(failureOfError(what, error));
      }
    },
    async close() {
      const open = await Promise.allSettled(agents.values());
      agents.clear();
      await Promise.all(open.map((one) => (one.status === 'fulfilled' ? one.value.destroy() : undefined)));
    },
  };
}
