/** Members of an answer as AWS promises them: the SDK passes on what it was sent, whatever that is. */
import { FailureError } from '../core/failure.ts';

/** Told loudly and asked again: an answer of another shape is neither a no nor a nothing. */
function malformed(what: string, expected: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: true, message: `${what} is not ${expected}` });
}

/** `what` names the member in the message, such as `GetDeployment: State`. Throws FailureError `malformed`. */
export function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformed(what, 'a text');
  return value;
}

/** A list of objects; none where there is no such member. */
export function listOf<Item>(value: readonly Item[] | undefined, what: string): readonly Item[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw malformed(what, 'a list');
  for (const item of value) if (typeof item !== 'object' || item === null) throw malformed(what, 'a list of objects');
  return value;
}

export function numberOf(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(what, 'a number');
  return value;
}

/** The number of a deployment: 1 and up. */
export function ordinalOf(value: unknown, what: string): number | undefined {
  const number = numberOf(value, what);
  if (number !== undefined && !(Number.isSafeInteger(number) && number > 0)) throw malformed(what, 'a whole number');
  return number;
}

/** Milliseconds of the epoch. */
export function instantOf(value: Date | undefined, what: string): number | undefined {
  if (value === undefined) return undefined;
  const at = value instanceof Date ? value.getTime() : Number.NaN;
  if (Number.isNaN(at)) throw malformed(what, 'a time');
  return at;
}
