/** Places for a deployment inside the quoted strings of a query language: where they may stand, and what goes in. */
import type { Deployment } from '../core/deployment.ts';
import { fillTemplate, isTemplate, templateProblem } from '../lib/template.ts';

/** A stretch of a text: code, or the inside of a string. */
interface Piece {
  readonly text: string;
  /** The quote around it; undefined for code. */
  readonly quote: string | undefined;
  /** The code in front of the string. */
  readonly before: string;
}

export interface Language {
  /** For messages: `PromQL`. */
  readonly name: string;
  /** Quotes of strings in which a backslash escapes. */
  readonly quotes: string;
  /** Quotes of strings and names in which nothing escapes, so that no value may stand there. */
  readonly raw: string;
  /** Why no value may stand in a string after this code; undefined where it may. */
  refuses?(before: string): string | undefined;
  /** A value made harmless beyond what strings ask for: in a string after this code. */
  harmless?(value: string, before: string): string;
}

/** Index of the quote that ends the string that begins before `from`; the end of the text when there is none. */
function endOf(text: string, from: number, quote: string, escapes: boolean): number {
  let at = from;
  while (at < text.length && text[at] !== quote) at += escapes && text[at] === '\\' ? 2 : 1;
  return Math.min(at, text.length);
}

function piecesOf(text: string, { quotes, raw }: Language): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const quote = text[at] ?? '';
    if (!quotes.includes(quote) && !raw.includes(quote)) continue;
    const before = text.slice(from, at + 1);
    const end = endOf(text, at + 1, quote, quotes.includes(quote));
    pieces.push({ text: before, quote: undefined, before: '' });
    pieces.push({ text: text.slice(at + 1, end), quote, before: before.slice(0, -1) });
    from = end;
    at = end;
  }
  return [...pieces, { text: text.slice(from), quote: undefined, before: '' }];
}

function problemOf({ text, quote, before }: Piece, { name, quotes, raw, refuses }: Language): string | undefined {
  if (!isTemplate(text)) return undefined;
  const kinds = [...quotes].join(' or ');
  if (quote === undefined) return `expected {{…}} only inside a string of ${name} (between ${kinds})`;
  if (raw.includes(quote)) return `expected {{…}} between ${kinds}: nothing can be escaped between ${quote}`;
  return refuses?.(before);
}

/** Why a query is no template of its language; undefined when it is one, or has no places. */
export function quotedProblem(text: string, language: Language): string | undefined {
  const problem = templateProblem(text);
  if (problem !== undefined) return problem;
  return piecesOf(text, language)
    .map((piece) => problemOf(piece, language))
    .find((each) => each !== undefined);
}

/** As it stands in a string with this quote: backslashes, the quote and control characters escaped. */
function escaped(value: string, quote: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/\p{Cc}/gu, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** The query for one deployment: no value ends the string it stands in. */
export function fillQuoted(text: string, deployment: Deployment, language: Language): string {
  const { harmless = (value: string) => value } = language;
  const fill = ({ text: inside, quote, before }: Piece) =>
    quote === undefined ? inside : fillTemplate(inside, deployment, (value) => escaped(harmless(value, before), quote));
  return piecesOf(text, language).map(fill).join('');
}
