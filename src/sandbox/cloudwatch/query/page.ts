/** Cuts results into pages of datapoints. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalidNextToken } from '../rejection.ts';

export interface ResultMessage {
  readonly Code: string;
  readonly Value: string;
}

export interface Result {
  readonly id: string;
  readonly label: string;
  readonly status: 'Complete' | 'PartialData' | 'InternalError' | 'Forbidden';
  readonly messages: readonly ResultMessage[];
  readonly at: readonly number[];
  readonly values: readonly number[];
}

export interface Page {
  readonly results: readonly Result[];
  readonly nextToken: string | undefined;
}

/** Where a page starts: a result and a datapoint in it, of the request with this digest. */
const position = z.tuple([z.int().min(0), z.int().min(0), z.string()]);

/** What a token belongs to: the same request, page for page. */
export function digestOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url').slice(0, 16);
}

/** At most `most` datapoints. A result that goes on on the next page is PartialData, as CloudWatch says. */
export function pageOf(results: readonly Result[], most: number, digest: string, token: string | undefined): Page {
  const [first, offset] = token === undefined ? [0, 0] : readToken(token, digest);
  const page: Result[] = [];
  let room = most;
  let start = offset;
  for (let index = first; index < results.length; index++) {
    const result = results[index];
    if (result === undefined) break;
    const rest = result.at.length - start;
    if (room === 0 && rest > 0) return { results: page, nextToken: writeToken(index, start, digest) };
    const taken = Math.min(room, rest);
    page.push(cut(result, start, taken));
    room -= taken;
    if (taken < rest) return { results: page, nextToken: writeToken(index, start + taken, digest) };
    start = 0;
  }
  return { results: page, nextToken: undefined };
}

function cut(result: Result, start: number, length: number): Result {
  const end = start + length;
  const status = result.status === 'Complete' && end < result.at.length ? 'PartialData' : result.status;
  return { ...result, status, at: result.at.slice(start, end), values: result.values.slice(start, end) };
}

function writeToken(index: number, offset: number, digest: string): string {
  return Buffer.from(JSON.stringify([index, offset, digest])).toString('base64url');
}

function readToken(token: string, digest: string): readonly [number, number] {
  const parsed = position.safeParse(parseJson(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[2] !== digest) {
    throw invalidNextToken('The next token is not valid for this request.');
  }
  return [parsed.data[0], parsed.data[1]];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
