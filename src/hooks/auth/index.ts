/** Whether a message comes from whom a hook expects: by its headers where they can tell, else by its raw body. */
import type { Instant } from '../../core/time.ts';
import { anySame } from './compare.ts';
import { hmacAuth } from './hmac.ts';
import { type Headers, type Judgement, PROVEN, refused } from './judgement.ts';
import type { AuthOptions } from './options.ts';

export interface Authenticator {
  /** Before the body is read: `proven`, `refused`, or undefined when the body has to tell. */
  headers(headers: Headers, now: Instant): Judgement | undefined;
  /** With the body; asked only where the headers could not tell. */
  body(raw: Uint8Array, headers: Headers, now: Instant): Judgement;
}

/** One that the headers tell all about. */
function byHeaders(judge: (headers: Headers) => Judgement): Authenticator {
  return { headers: judge, body: (_raw, headers) => judge(headers) };
}

function proven(sent: string | undefined, right: readonly string[], missing: string, wrong: string): Judgement {
  if (sent === undefined) return refused(missing);
  return anySame([sent], right) ? PROVEN : refused(wrong);
}

/** What stands behind a scheme of `Authorization`, which is written in any case. */
function credentials(headers: Headers, scheme: string): string | undefined {
  const [, named, rest] = /^([A-Za-z]{1,20}) +(\S{1,4096})$/.exec(headers.authorization ?? '') ?? [];
  return named?.toLowerCase() === scheme ? rest : undefined;
}

export function authenticator(options: AuthOptions): Authenticator {
  switch (options.kind) {
    case 'hmac':
      return hmacAuth(options);
    case 'bearer':
      return byHeaders((headers) => {
        const tokens = options.token.map((token) => token.reveal());
        const sent = credentials(headers, 'bearer');
        return proven(sent, tokens, 'there is no bearer token', 'the bearer token is wrong');
      });
    case 'basic':
      return byHeaders((headers) => {
        const sent = credentials(headers, 'basic');
        const right = options.password.map((one) => `${options.username}:${one.reveal()}`);
        const text = sent === undefined ? undefined : Buffer.from(sent, 'base64').toString('utf8');
        return proven(text, right, 'there is no user and password', 'the user or the password is wrong');
      });
    case 'api-key':
      return byHeaders((headers) => {
        const values = options.value.map((value) => value.reveal());
        const sent = headers[options.header];
        return proven(sent, values, 'there is no key in the header this hook asks for', 'the key is wrong');
      });
  }
}
