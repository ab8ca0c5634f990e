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

/** A secret as text in the file, usually `${NAME}`, and a {@link Secret} in the program. */
export const secretSchema = z
  .string()
  .min(1, 'expected a value that is not empty')
  .transform(secret)
  .meta({ description: 'A secret; take it from the environment.' });

const isSecret = (value: object): value is Secret => made.has(value);

/** Every secret inside a value, at any depth: what must be kept out of every line. */
export function secretsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return isSecret(value) ? [value.reveal()] : Object.values(value).flatMap(secretsIn);
}

/** Shorter than this a secret would blot out ordinary words. */
const SHORTEST = 4;

/** A text in which every one of these secrets reads `[redacted]`. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let shown = text;
  for (const secret of secrets) if (secret.length >= SHORTEST) shown = shown.replaceAll(secret, REDACTED);
  return shown;
}
