/** An answer as JSON, or as the failure it is: an error page, a login page, a redirect, something else altogether. */
import { FailureError } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { failureOfAnswer, type HttpAnswer, malformedAnswer } from '../lib/http.ts';

/** The body as JSON; undefined when it is none. */
export function jsonIn({ text }: HttpAnswer): { readonly json: Json } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    // What it is instead is for whoever asked to say.
    return undefined;
  }
}

function isPage({ headers, text }: HttpAnswer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html)/i.test(text);
}

/** A redirect is not followed: the request may hold credentials, and where it leads is most often a login page. */
function redirected(what: string, { status }: HttpAnswer): FailureError {
  const message = `${what} answered ${status}, a redirect (to a login page?): give the address it leads to`;
  return new FailureError({ reason: 'rejected', retryable: false, message, status });
}

/** Throws FailureError for an answer that says it is none; `said` is what its JSON says about that. */
export function checkStatus(what: string, answer: HttpAnswer, said = ''): void {
  if (answer.status >= 300 && answer.status < 400) throw redirected(what, answer);
  if (answer.status >= 400) {
    throw failureOfAnswer(what, answer, said === '' && isPage(answer) ? 'an HTML page' : said);
  }
}

/** What is no JSON although the status says that all is well. */
export function notJson(what: string, answer: HttpAnswer): FailureError {
  if (isPage(answer)) {
    return malformedAnswer(what, 'answered an HTML page where JSON was expected (a login page or another service?)');
  }
  return malformedAnswer(what, answer.text.trim() === '' ? 'answered nothing' : 'answered what is not JSON');
}
