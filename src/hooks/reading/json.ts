/** Bytes as JSON, once it is known that they are not nested too deep for anything that walks them. */
import type { Json } from '../../core/json.ts';
import { malformed } from './refusal.ts';

/** Deeper than any tool nests what it sends. */
const DEEPEST = 32;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * Whether arrays and objects stand deeper in each other than allowed. Ends at the first that does, so that a mebibyte of
 * brackets costs nothing; whether it is JSON at all is not its question.
 */
export function tooDeep(bytes: Uint8Array, deepest = DEEPEST): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (OPENING.has(byte)) {
      depth++;
      if (depth > deepest) return true;
    } else if (CLOSING.has(byte)) depth--;
  }
  return false;
}

/** The text of bytes that must be UTF-8; a byte order mark goes. Throws FailureError `malformed`. */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // What is no text is nobody's format.
    throw malformed('the body is not UTF-8');
  }
}

/** JSON of a text; undefined when it is none. Throws FailureError `malformed` where it is nested too deep. */
export function jsonOf(text: string, bytes: Uint8Array = Buffer.from(text)): Json | undefined {
  if (tooDeep(bytes)) throw malformed(`the JSON is nested deeper than ${DEEPEST} levels`);
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: whether that matters is up to the format.
    return undefined;
  }
}
