/** A value that must not be seen: it prints as [redacted] everywhere and is told only to who asks by name. */
import { inspect, isDeepStrictEqual } from 'node:util';
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

/** Every secret in a value, however deep it stands; for plain data without cycles, such as a configuration. */
export function secretsIn(value: unknown): readonly Secret[] {
  if (typeof value !== 'object' || value === null) return [];
  return isSecret(value) ? [value] : Object.values(value).flatMap(secretsIn);
}

/** Whether two values say the same, secrets included. */
export function sameWithSecrets(one: unknown, other: unknown): boolean {
  const revealed = (value: unknown) => secretsIn(value).map((secret) => secret.reveal());
  return isDeepStrictEqual([JSON.stringify(one), revealed(one)], [JSON.stringify(other), revealed(other)]);
}

/** Of a URL that is a secret also its path and query are, and what stands between its slashes. */
function formsOf(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [text];
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()].filter((part) => part.length >= 8);
  const path = `${url.pathname}${url.search}`;
  return [
    text,
    url.href,
    ...(path.length > 1 ? [path] : []),
    ...(url.pathname.length > 1 ? [url.pathname] : []),
    ...parts,
  ];
}

/** A text of somebody else's without the secrets it may repeat. */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const forms = secrets.flatMap((secret) => formsOf(secret.reveal()));
  return forms.reduce((told, form) => told.replaceAll(form, REDACTED), text);
}

/** A secret as text in the file, usually `${NAME}`, and a {@link Secret} in the program. */
export const secretSchema = z
  .string()
  .min(1, 'expected a value that is not empty')
  .transform(secret)
  .meta({ description: 'A secret; take it from the environment.' });

/** Loopback, where nobody listens in. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function isSecretUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname)));
}

/** A URL that is a secret, such as that of an incoming webhook: whoever has it may use it. */
export const secretUrlSchema = z
  .string()
  .refine(isSecretUrl, 'expected an https:// URL (http:// only on this machine)')
  .transform(secret)
  .meta({ description: 'A URL that is a secret; take it from the environment.' });

/** Shorter than this a secret would blot out ordinary words. */
const SHORTEST = 4;

/** A text in which every one of these secrets reads `[redacted]`. */
export function withoutValues(text: string, values: Iterable<string>): string {
  let shown = text;
  for (const value of values) if (value.length >= SHORTEST) shown = shown.replaceAll(value, REDACTED);
  return shown;
}
