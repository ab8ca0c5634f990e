/** A heartbeat for a URL, as healthchecks.io and those who follow it have it: the URL itself, URL/fail, URL/start. */
import { FailureError } from '../core/failure.ts';
import type { Duration } from '../core/time.ts';
import { failureOfAnswer, type HttpClient, type HttpRequest } from '../lib/http.ts';
import type { Secret } from '../lib/secret.ts';
import type { Listener, Word } from './listener.ts';

export interface PingOptions {
  readonly url: Secret;
  readonly method: 'GET' | 'POST';
  /** Real milliseconds. */
  readonly timeout: Duration;
  readonly client: HttpClient;
}

const WHAT = 'the heartbeat URL';
const LONGEST_REASONS = 10_000;

/** Before the query, which may hold a key or a run id. */
function addressOf(base: string, word: Word): URL {
  const url = new URL(base);
  if (word.kind !== 'well') url.pathname = `${url.pathname.replace(/\/+$/, '')}/${word.kind}`;
  return url;
}

function bodyOf(word: Word): Pick<HttpRequest, 'headers' | 'body'> {
  const reasons = word.kind === 'fail' ? word.because.join('\n') : '';
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return { headers, body: reasons.slice(0, LONGEST_REASONS).toWellFormed() };
}

export function ping({ url, method, timeout, client }: PingOptions): Listener {
  return {
    kind: 'url',
    async say(word, signal) {
      const request = { what: WHAT, method, url: addressOf(url.reveal(), word), timeout, longest: 64 * 1024 };
      const answer = await client.send({ ...request, ...(method === 'POST' ? bodyOf(word) : {}) }, signal);
      // What it says is not repeated: it may name the URL.
      if (answer.status < 200 || answer.status > 299) throw failureOfAnswer(WHAT, answer);
      // healthchecks.io answers 200 for a check that it does not know (any more).
      if (!/^OK \(not found\)/.test(answer.text)) return;
      const message = `${WHAT} answered that it knows no such check`;
      throw new FailureError({ reason: 'not-found', retryable: false, message, status: answer.status });
    },
  };
}
