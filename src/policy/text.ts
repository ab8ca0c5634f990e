/** The bytes of a policy file as text; a file that is too large, not UTF-8 or holds NUL is refused. */
import type { Fault } from './fault.ts';

/** One mebibyte: a policy file is written by people. */
const LARGEST_FILE = 1_048_576;

const LINE_FEED = 0x0a;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The first line (from 1) that is not UTF-8; a line feed never is a part of another character. */
function brokenLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end < 0 ? bytes.length : end;
    if (decoded(bytes.subarray(from, to)) === undefined) return line;
    from = to + 1;
  }
  return line;
}

function nulFault(text: string): Fault | undefined {
  const offset = text.indexOf('\0');
  if (offset < 0) return undefined;
  const lines = text.slice(0, offset).split('\n');
  const at = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return { path: [], expected: 'text', found: 'a NUL character', at };
}

/** The text, or the one fault that makes it unreadable. */
export function textOf(content: string | Uint8Array): { readonly text: string } | { readonly fault: Fault } {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  const start = { line: 1, column: 1 };
  if (bytes > LARGEST_FILE) {
    const found = `${bytes} bytes`;
    return { fault: { path: [], expected: `a file of at most ${LARGEST_FILE} bytes`, found, at: start } };
  }
  const text = typeof content === 'string' ? content : decoded(content);
  if (text === undefined && typeof content !== 'string') {
    const at = { line: brokenLine(content), column: 1 };
    return { fault: { path: [], expected: 'text in UTF-8', found: 'bytes that are not UTF-8', at } };
  }
  const fault = nulFault(text ?? '');
  return fault === undefined ? { text: text ?? '' } : { fault };
}
