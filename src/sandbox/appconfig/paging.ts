/** Pages of a list: max_results and next_token, stable while records come and go. */
import { badRequest } from './errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

const LARGEST = 50;

function pageSize(query: URLSearchParams): number {
  const text = query.get('max_results');
  if (text === null) return LARGEST;
  const size = Number(text);
  if (!/^\d+$/.test(text) || size < 1 || size > LARGEST) {
    throw badRequest(
      `1 validation error detected: Value '${text}' at 'maxResults' failed to satisfy constraint: Member must be between 1 and ${LARGEST}`,
    );
  }
  return size;
}

/** A token holds the list it is for and the last record of the page before. */
function encode(list: string, seq: number): string {
  return Buffer.from(`${seq} ${list}`).toString('base64url');
}

function decode(token: string, list: string): number {
  const text = Buffer.from(token, 'base64url').toString();
  const seq = /^(\d+) /.exec(text)?.[1];
  if (seq === undefined || text !== `${seq} ${list}`) throw badRequest('The next token is not valid for this list.');
  return Number(seq);
}

/** One page of `records`, which come in the order of their `seq`, rising or falling. */
export function page<T extends { readonly seq: number }>(
  records: readonly T[],
  list: string,
  query: URLSearchParams,
  order: 'oldest-first' | 'newest-first' = 'oldest-first',
): Page<T> {
  const size = pageSize(query);
  const sign = order === 'oldest-first' ? 1 : -1;
  const token = query.get('next_token');
  const after = token === null ? undefined : decode(token, list);
  const rest = [...records]
    .sort((a, b) => sign * (a.seq - b.seq))
    .filter(({ seq }) => after === undefined || sign * (seq - after) > 0);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return last !== undefined && rest.length > size ? { items, nextToken: encode(list, last.seq) } : { items };
}
