/** The words of a metric math expression. */
import { mathError } from './math-error.ts';

export type Token =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'text' | 'name' | 'sign' | 'end'; readonly value: string; readonly at: number };

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<sign>&&|\|\||[=!<>]=|[-+*/^<>()[\],]))/y;

const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['AND', '&&'],
  ['OR', '||'],
]);

/** Ends with a token of kind `end`. */
export function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (expression.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(expression);
    if (match === null)
      throw mathError(`Unexpected character at position ${at + 1}: ${expression.slice(at).trim()[0]}`);
    tokens.push(tokenOf(match.groups ?? {}, at));
    at = TOKEN.lastIndex;
  }
  return [...tokens, { kind: 'end', value: 'the end', at }];
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, at: number): Token {
  const { number, name, double, single, sign } = groups;
  if (number !== undefined) return { kind: 'number', value: Number(number), at };
  if (name !== undefined) {
    const operator = KEYWORDS.get(name);
    return operator ? { kind: 'sign', value: operator, at } : { kind: 'name', value: name, at };
  }
  const text = double ?? single;
  return text === undefined ? { kind: 'sign', value: sign ?? '', at } : { kind: 'text', value: text, at };
}
