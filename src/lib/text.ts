/** Makes any text harmless on a terminal and in a line of a log, and any value plain JSON. */
import type { Json } from '../core/json.ts';

/**
 * Control characters, line separators, and what has no shape of its own or reorders what has: all that forges lines,
 * drives a terminal or makes two names look alike.
 */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As JSON escapes it: unit for unit, so that beyond the first plane it is a pair. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** At most `most` UTF-16 units, and says how much was left out. */
function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}… (${text.length} characters)`;
}

/** Text for a person: one line without control characters (they show as \u001b), lone surrogates replaced. */
export function plainText(text: string, most = 200): string {
  return shortened(text, most).toWellFormed().replace(HOSTILE, escaped);
}

/** A line of JSON in which every hostile character that JSON lets stand is escaped: the same value, harmless to print. */
export function harmlessLine(line: string): string {
  return line.toWellFormed().replace(HOSTILE, (character) => (character === '\n' ? character : escaped(character)));
}

const LONGEST_TEXT = 8_192;
const DEEPEST = 24;

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function fromObject(value: object, depth: number): Json {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (hasToJson(value)) return toJson(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, depth + 1));
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [shortened(key, 200), toJson(inner, depth + 1)]));
}

/** Any value as JSON: dates in ISO, secrets as they print themselves, long texts cut, what is no JSON as text. */
export function toJson(value: unknown, depth = 0): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return shortened(value, LONGEST_TEXT);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return String(value);
  return depth >= DEEPEST ? '… (too deep)' : fromObject(value, depth);
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
