/** Posts JSON to a service that tells people, and makes a failure of every answer but a good one. */
import type { HttpClient } from './http.ts';
import { failureOfAnswer } from './http.ts';
import { type Secret, withoutSecrets } from './secret.ts';
import { plainText } from './text.ts';

export interface Post {
  /** For messages: whom it is for. */
  readonly what: string;
  /** May hold a secret. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the answer may repeat. */
  readonly secrets: readonly Secret[];
}

/** An answer is a few words; what is longer is none of theirs. */
const LONGEST_ANSWER = 64 * 1024;

/** Throws FailureError. */
export async function postJson(http: HttpClient, post: Post, signal: AbortSignal): Promise<void> {
  const { what, url, body, secrets } = post;
  const headers = { 'content-type': 'application/json; charset=utf-8', ...post.headers };
  const request = { what, method: 'POST', url, headers, body, longest: LONGEST_ANSWER } as const;
  const answer = await http.send(request, signal);
  if (answer.status >= 200 && answer.status < 300) return;
  throw failureOfAnswer(what, answer, plainText(withoutSecrets(answer.text.slice(0, 10_000), secrets), 200));
}
