/** What Slack's answer to a message means. */
import { type Failure, FailureError, type FailureReason } from '../../core/failure.ts';
import { plainText } from '../../lib/text.ts';

/** Of https://docs.slack.dev/reference/methods/chat.postMessage: what another try may mend. */
const RETRYABLE: Readonly<Record<string, FailureReason>> = {
  ratelimited: 'throttled',
  rate_limited: 'throttled',
  internal_error: 'unavailable',
  fatal_error: 'unavailable',
  service_unavailable: 'unavailable',
  request_timeout: 'timeout',
};
const AUTH =
  /^(?:invalid_auth|not_authed|account_inactive|token_(?:revoked|expired)|missing_scope|no_permission|access_denied)$/;

/** Slack's own word for it, such as `channel_not_found`, out of whatever its client threw. */
function wordOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const data: unknown = 'data' in error ? error.data : undefined;
  if (typeof data === 'object' && data !== null && 'error' in data && typeof data.error === 'string') return data.error;
  return 'body' in error && typeof error.body === 'string' ? error.body : undefined;
}

/** A word of Slack's, and nothing else that an answer may hold. */
const WORD = /^[a-z][a-z0-9_]{1,60}$/;

/** `wire` is what went wrong before Slack said anything. */
export function slackFailure(error: unknown, wire: Failure | undefined): FailureError {
  const word = wordOf(error);
  const said = word !== undefined && WORD.test(word) ? word : undefined;
  if (wire !== undefined) {
    const message = said === undefined ? wire.message : `${wire.message}: ${said}`;
    return new FailureError({ ...wire, message, ...(said === undefined ? {} : { code: said }) });
  }
  if (said === undefined) {
    const name = error instanceof Error ? error.name : typeof error;
    return new FailureError({
      reason: 'malformed',
      retryable: true,
      message: 'Slack gave no answer that can be read',
      code: plainText(name, 60),
    });
  }
  const reason = RETRYABLE[said] ?? (AUTH.test(said) ? 'auth' : 'rejected');
  return new FailureError({
    reason,
    retryable: Object.hasOwn(RETRYABLE, said),
    message: `Slack refused it: ${said}`,
    code: said,
  });
}
