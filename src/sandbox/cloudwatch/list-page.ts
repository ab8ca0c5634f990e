/** Pages of a list: a token says where the next one starts and which request it belongs to. */
import { invalidNextToken } from './rejection.ts';

/** At most `size` items from where the token says; the digest names the request. Throws a Rejection for a foreign token. */
export function pageOfList<T>(all: readonly T[], size: number, digest: string, token: string | undefined) {
  const start = token === undefined ? 0 : startOf(token, digest);
  const end = start + size;
  const nextToken = end < all.length ? Buffer.from(`${digest}:${end}`).toString('base64url') : undefined;
  return { items: all.slice(start, end), nextToken };
}

function startOf(token: string, digest: string): number {
  const [, whose, start] = /^([\w-]+):(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? [];
  if (start === undefined || whose !== digest) throw invalidNextToken('The next token is not valid for this request.');
  return Number(start);
}
