/** Failures the program expects, as data: why something could not be asked or done. */
import type { Duration } from './time.ts';

/**
 * - `auth`: credentials missing, expired or refused, or the permission is missing (401, 403)
 * - `throttled`: asked to slow down (429, ThrottlingException)
 * - `timeout`: no answer in time
 * - `network`: connection refused, reset, name not found
 * - `unavailable`: the service answered that it is broken (5xx, also with a body that is not its own)
 * - `not-found`: the thing asked for does not exist (404)
 * - `rejected`: the service understood and said no (other 4xx)
 * - `malformed`: an answer that cannot be read
 * - `aborted`: this program gave up on purpose (shutdown)
 * - `internal`: a fault of this program
 */
export type FailureReason =
  | 'auth'
  | 'throttled'
  | 'timeout'
  | 'network'
  | 'unavailable'
  | 'not-found'
  | 'rejected'
  | 'malformed'
  | 'aborted'
  | 'internal';

export interface Failure {
  readonly reason: FailureReason;
  /** Whether the same request may succeed when it is sent again. */
  readonly retryable: boolean;
  /** One line for a person; never holds a secret. */
  readonly message: string;
  /** The error's name as the service or runtime gave it, e.g. `ThrottlingException`, `ECONNRESET`. */
  readonly code?: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** AWS request id, to join with CloudTrail. */
  readonly requestId?: string;
  /** How long the service asks to wait before the next try. */
  readonly retryAfter?: Duration;
}

/** A {@link Failure} on its way up through promises; the only error type the rooms throw at each other. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** The failure inside an error; anything that is not a {@link FailureError} is a fault of this program. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? error.name : typeof error;
  return { reason: 'internal', retryable: false, message, code };
}
