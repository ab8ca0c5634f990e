/** A value that must not be seen: it prints as [redacted] everywhere and is told only to who asks by name. */
import { inspect } from 'node:util';
import { z } from 'zod';

const REDACTED = '[redacted]';

export interface Secret {
  /** The value itself; ask only where it is used, and never keep what comes back. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

const made = new WeakSet<object>();

function isSecret(value: object): value is Secret {
  return made.has(value);
}

/** Wraps a value so that string conversion, JSON and inspection (console, assertions, pino) give `[redacted]`. */
function secret(value: string): Secret {
  const redacted = () => REDACTED;
  const wrapped = Object.freeze({
    reveal: () => value,
    toString: redacted,
    toJSON: redacted,
    [inspect.custom]: redacted,
  });
  made.add(wrapped);
  return wrapped;
}

/** Every secret in plain data, wherever it stands. */
export function secretsIn(data: unknown): readonly string[] {
  if (typeof data !== 'object' || data === null) return [];
  return isSecret(data) ? [data.reveal()] : Object.values(data).flatMap(secretsIn);
}

/** A secret as text in the file, usually `${NAME}`, and a {@link Secret} in the program. */
export const secretSchema = z
  .string()
  .min(1, 'expected a value that is not empty')
  .transform(secret)
  .meta({ description: 'A secret; take it from the environment.' });
