/** Metric math as a tree: arithmetic, comparison and logic by precedence, calls and lists. */
import { mathError } from './math-error.ts';
import { type Token, tokensOf } from './tokens.ts';

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '^';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'negated'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** Weakest first; `^` binds tighter than a minus before it, and from the right. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
];

const DEEPEST = 200;

/** Throws a MathError that names the place. */
export function parseMath(text: string): Expression {
  const reader = readerOf(tokensOf(text));
  const expression = binary(reader, 0);
  const rest = reader.next();
  if (rest.kind !== 'end') throw unexpected(rest);
  return expression;
}

interface Reader {
  peek(): Token;
  next(): Token;
  /** Takes the next token when it is this sign. */
  take(sign: string): boolean;
  expect(sign: string): void;
  /** Runs a nested rule, refusing expressions too deep to be meant. */
  nested<T>(rule: () => T): T;
}

function readerOf(tokens: readonly Token[]): Reader {
  let position = 0;
  let depth = 0;
  const peek = (): Token => tokens[position] ?? { kind: 'end', value: 'the end', at: 0 };
  const take = (sign: string) => {
    const token = peek();
    if (token.kind !== 'sign' || token.value !== sign) return false;
    position += 1;
    return true;
  };
  return {
    peek,
    take,
    next() {
      const token = peek();
      position += 1;
      return token;
    },
    expect(sign) {
      if (!take(sign)) throw mathError(`Expected '${sign}' at position ${peek().at + 1}, found ${peek().value}`);
    },
    nested(rule) {
      depth += 1;
      if (depth > DEEPEST) throw mathError('The expression is nested too deeply');
      const result = rule();
      depth -= 1;
      return result;
    },
  };
}

function binary(reader: Reader, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    const operator = operators.find((each) => reader.take(each));
    if (operator === undefined) return left;
    left = { kind: 'binary', operator, left, right: binary(reader, level + 1) };
  }
}

function unary(reader: Reader): Expression {
  if (reader.take('-')) return { kind: 'negated', operand: reader.nested(() => unary(reader)) };
  const base = primary(reader);
  if (!reader.take('^')) return base;
  return { kind: 'binary', operator: '^', left: base, right: reader.nested(() => unary(reader)) };
}

function primary(reader: Reader): Expression {
  const token = reader.next();
  if (token.kind === 'number') return { kind: 'number', value: token.value };
  if (token.kind === 'text') return { kind: 'text', value: token.value };
  if (token.kind === 'name') {
    if (!reader.take('(')) return { kind: 'name', name: token.value };
    return { kind: 'call', name: token.value, args: itemsUntil(reader, ')') };
  }
  if (token.kind === 'sign' && token.value === '[') return { kind: 'list', items: itemsUntil(reader, ']') };
  if (token.kind !== 'sign' || token.value !== '(') throw unexpected(token);
  const inner = reader.nested(() => binary(reader, 0));
  reader.expect(')');
  return inner;
}

function itemsUntil(reader: Reader, close: string): readonly Expression[] {
  const items: Expression[] = [];
  if (reader.take(close)) return items;
  do items.push(reader.nested(() => binary(reader, 0)));
  while (reader.take(','));
  reader.expect(close);
  return items;
}

function unexpected(token: Token) {
  return mathError(
    `Unexpected ${token.kind === 'end' ? 'end of the expression' : `'${token.value}'`} at position ${token.at + 1}`,
  );
}

/** The ids an expression names, each once. */
export function namesIn(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === 'name') names.add(node.name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return names;
}

/** The functions an expression calls. */
export function callsIn(expression: Expression): readonly string[] {
  const own = expression.kind === 'call' ? [expression.name] : [];
  return [...own, ...childrenOf(expression).flatMap(callsIn)];
}

function childrenOf(node: Expression): readonly Expression[] {
  if (node.kind === 'list') return node.items;
  if (node.kind === 'call') return node.args;
  if (node.kind === 'negated') return [node.operand];
  return node.kind === 'binary' ? [node.left, node.right] : [];
}
