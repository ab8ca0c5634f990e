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

/** Every secret there is, so that one can be told from any other object. */
const secrets = new WeakSet<object>();

const isSecret = (value: object): value is Secret => secrets.has(value);

/** The values of all secrets in a tree of plain data, such as a configuration; for what keeps them out of logs. */
export function secretsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return isSecret(value) ? [value.reveal()] : Object.values(value).flatMap(secretsIn);
}

/** Wraps a value so that string conversion, JSON and inspection (console, assertions, pino) give `[redacted]`. */
function secret(value: string): Secret {
  const redacted = () => REDACTED;
  const made = Object.freeze({
    reveal: () => value,
    toString: redacted,
    toJSON: redacted,
    [inspect.custom]: redacted,
  });
  secrets.add(made);
  return made;
}

/** A secret as text in the file, usually `${NAME}`, and a {@link Secret} in the program. */
export const secretSchema = z
  .string()
  .min(1, 'expected a value that is not empty')
  .transform(secret)
  .meta({ description: 'A secret; take it from the environment.' });
