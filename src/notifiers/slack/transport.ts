/** What carries the requests of Slack's clients: this program's own HTTP, bounded, and its failures. */
import { type Failure, FailureError, failureOf } from '../../core/failure.ts';
import { failureOfAnswer, type HttpAnswer, type HttpClient } from '../../lib/http.ts';

/** An answer as far as Slack's clients look at it. */
interface SlackResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null; entries(): MapIterator<[string, string]> };
  arrayBuffer(): Promise<ArrayBuffer>;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

interface SlackRequest {
  readonly headers?: Record<string, string>;
  readonly body?: string | FormData;
}

export interface SlackTransport {
  readonly fetch: (url: string | URL, init?: SlackRequest) => Promise<SlackResponse>;
  /** What went wrong on the wire, in this program's own words; undefined when there was a good answer. */
  failure(): Failure | undefined;
}

function responseOf({ status, headers, text }: HttpAnswer): SlackResponse {
  const held = new Map(Object.entries(headers));
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: String(status),
    // Never the address: it may be a secret.
    url: '',
    headers: { get: (name) => held.get(name.toLowerCase()) ?? null, entries: () => held.entries() },
    arrayBuffer: async () => new TextEncoder().encode(text).buffer,
    json: async (): Promise<unknown> => JSON.parse(text),
    text: async () => text,
  };
}

const LONGEST_ANSWER = 256 * 1024;

/** For one message: Slack's clients wrap what is thrown, so that it is kept here as well. */
export function slackTransport(http: HttpClient, signal: AbortSignal): SlackTransport {
  let failed: Failure | undefined;
  return {
    failure: () => failed,
    async fetch(url, { headers = {}, body = '' } = {}) {
      if (typeof body !== 'string') throw new TypeError('nothing is uploaded to Slack');
      const request = { what: 'Slack', method: 'POST', url, headers, body, longest: LONGEST_ANSWER } as const;
      try {
        const answer = await http.send(request, signal);
        if (answer.status >= 300) failed = failureOfAnswer('Slack', answer).failure;
        return responseOf(answer);
      } catch (error) {
        failed = failureOf(error);
        throw new FailureError(failed);
      }
    },
  };
}
