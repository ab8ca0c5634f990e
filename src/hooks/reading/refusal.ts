/** Why a message is not taken. The words are this program's own: they go back to whoever sent it. */
import { FailureError } from '../../core/failure.ts';

/** It is not what the format says it should be. */
export function malformed(message: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: false, message });
}

/** Understood, and not wanted here. */
export function rejected(message: string): FailureError {
  return new FailureError({ reason: 'rejected', retryable: false, message });
}

/** Its signature does not hold. */
export function notAuthentic(message: string): FailureError {
  return new FailureError({ reason: 'auth', retryable: false, message });
}
