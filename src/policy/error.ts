/** What is wrong in a policy file: where, what was found, what would be right. */

import { counted, plainText } from '../lib/text.ts';

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A path into the file, as zod gives it. */
export type Path = readonly PropertyKey[];

/** A fault found in the file; `found` never holds a value that came from the environment. */
export interface PolicyError extends Position {
  readonly file: string;
  /** Such as `policies[0].rules[1].judge.above`; empty for the file as a whole. */
  readonly key: string;
  readonly found: string;
  readonly expected: string;
  /** The whole error in one line, harmless to print. */
  readonly message: string;
  /** How many errors it stands for, when it is the last of very many; else 1. */
  readonly count?: number;
}

/** Keys from here on are shown in quotes when they are not plain words. */
function segment(part: PropertyKey): string {
  if (typeof part === 'number') return `[${part}]`;
  const text = String(part);
  return /^[A-Za-z_][\w-]*$/.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`;
}

/** `policies[0].match` for `['policies', 0, 'match']`. */
export function keyOf(path: Path): string {
  return path.map(segment).join('').replace(/^\./, '');
}

/** What an error quotes is cut where it is quoted; this is for what nobody thought of. */
const LONGEST_MESSAGE = 2_000;

/** An error at a place; `found` and `expected` are phrases that read after those words unless it is a `sentence`. */
export function policyError(
  file: string,
  position: Position,
  path: Path,
  { found, expected, sentence }: { readonly found: string; readonly expected: string; readonly sentence?: boolean },
): PolicyError {
  const { line, column } = position;
  const key = keyOf(path);
  const place = `${file}:${line}:${column}`;
  const said = `${place}: ${key === '' ? '' : `${key}: `}${sentence ? '' : 'expected '}${expected}, found ${found}`;
  return { file, line, column, key, found, expected, message: plainText(said, LONGEST_MESSAGE) };
}

/** So many are told one by one: nobody reads more, and a log, a record and a terminal must hold them. */
const MOST_TOLD = 100;

/** The first of them, and one for all the others. */
export function firstOf(errors: readonly PolicyError[]): readonly PolicyError[] {
  const rest = errors.slice(MOST_TOLD);
  const [next] = rest;
  if (next === undefined) return errors;
  const { file, line, column } = next;
  const message = `${plainText(file)}:${line}:${column}: and ${rest.length} more errors from here on`;
  return [...errors.slice(0, MOST_TOLD), { ...next, message, count: rest.length }];
}

/** The whole list for a terminal, one error a line, in the order of the file. */
export function formatPolicyErrors(errors: readonly PolicyError[]): string {
  const sum = errors.reduce((total, error) => total + (error.count ?? 1), 0);
  const count = counted(sum, 'error');
  return [...errors.map((error) => error.message), `${count} in the policy file`].join('\n');
}
