/** What an error of the AWS SDK means: one place that turns it into a {@link Failure}. */
import { type Failure, FailureError, type FailureReason } from '../core/failure.ts';

const AUTH = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnauthorizedException',
  'UnrecognizedClientException',
]);
const THROTTLED = /throttl|toomanyrequests|requestlimitexceeded|slowdown|bandwidthlimit|limitexceeded/i;
const TIMEOUT = new Set(['TimeoutError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'RequestTimeout', 'RequestTimeoutException']);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'ENFILE',
  'UND_ERR_SOCKET',
]);

/** Fields the SDK and Node put on their errors; read leniently, since any of them may be absent. */
interface WireError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly clockSkewCorrected?: boolean;
  };
  readonly $response?: { readonly statusCode?: number };
}

function reasonOf(name: string, code: string | undefined, status: number | undefined): FailureReason {
  if (AUTH.has(name)) return 'auth';
  if (THROTTLED.test(name)) return 'throttled';
  if (code !== undefined && NETWORK.has(code)) return 'network';
  if (TIMEOUT.has(name) || (code !== undefined && TIMEOUT.has(code))) return 'timeout';
  if (status === 401 || status === 403) return 'auth';
  // A 404 that the service does not name is somebody's on the way, and says nothing about what was asked for.
  if (status === 404) return /notfound/i.test(name) ? 'not-found' : 'unavailable';
  if (status === 408) return 'timeout';
  if (status === 429) return 'throttled';
  if (status !== undefined && status >= 500) return 'unavailable';
  if (status !== undefined && status >= 400) return 'rejected';
  if (name === 'AbortError') return 'aborted';
  if (name === 'SyntaxError' || status !== undefined) return 'malformed';
  return 'internal';
}

const RETRYABLE: ReadonlySet<FailureReason> = new Set(['throttled', 'timeout', 'network', 'unavailable', 'malformed']);

/** For a developer with a debugger at hand. */
const SDK_HINT = /\s*Deserialization error: to see the raw response.*$/s;

const LONGEST_MESSAGE = 500;

/** Longer messages (HTML bodies, megabytes) are cut; control characters do not reach a log or a terminal. */
export function cleanMessage(text: string): string {
  const flat = text
    .slice(0, 4 * LONGEST_MESSAGE)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  const cut = flat.length > LONGEST_MESSAGE || text.length > 4 * LONGEST_MESSAGE;
  return cut ? `${flat.slice(0, LONGEST_MESSAGE).toWellFormed()}…` : flat.toWellFormed();
}

const ANOTHER_TIME = /^Signature (?:expired|not yet current): /;

/**
 * Whether AWS refused a call because of when it was signed: this machine's clock is off, or was put. It was not carried
 * out, and is worth another try at once: from each answer the SDK learns what time it is. It makes that try by itself
 * only while the clock is off, and not when it has just been put right again.
 */
export function signedAtAnotherTime(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const wire: WireError = error;
  return wire.$metadata?.clockSkewCorrected === true || ANOTHER_TIME.test(wire.message ?? '');
}

/**
 * The failure an SDK call ended with.
 *
 * Throttling and denied access arrive as the service's base exception with only `name` set; a 503 with an HTML body
 * arrives as a SyntaxError with the status in `$metadata`; a reset connection arrives as a TimeoutError. So the name
 * is read first, then Node's code, then the status.
 */
export function awsFailure(error: unknown, operation: string): Failure {
  if (error instanceof FailureError) return error.failure;
  if (!(error instanceof Error)) {
    return { reason: 'internal', retryable: false, message: `${operation}: ${cleanMessage(String(error))}` };
  }
  const wire: WireError = error;
  const status = wire.$metadata?.httpStatusCode ?? wire.$response?.statusCode;
  const name = wire.name ?? 'Error';
  const reason = reasonOf(name, wire.code, status);
  const requestId = wire.$metadata?.requestId;
  const told =
    reason === 'unavailable' && name === 'SyntaxError'
      ? `HTTP ${status} with a body that is not JSON`
      : cleanMessage(error.message.replace(SDK_HINT, '') || name);
  return {
    reason,
    retryable: RETRYABLE.has(reason) || signedAtAnotherTime(error),
    message: `${operation}: ${told}`,
    code: cleanMessage(wire.code ?? name),
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId: cleanMessage(requestId) }),
  };
}
