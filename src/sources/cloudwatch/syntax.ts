/** The syntax tree of metric math, narrowed from what jsep accepts to what CloudWatch accepts. */
import type jsep from 'jsep';

export type Node =
  | { readonly kind: 'name'; readonly name: string }
  /** A word like REPEAT or DESC that only means something as an argument. */
  | { readonly kind: 'keyword'; readonly name: string }
  | { readonly kind: 'number' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'operation'; readonly operands: readonly Node[] }
  | { readonly kind: 'list'; readonly elements: readonly Node[] }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Node[] }
  | { readonly kind: 'foreign'; readonly problem: string };

const OPERATORS: ReadonlySet<string> = new Set('+ - * / ^ == != < > <= >= && ||'.split(' '));
const KEYWORD = /^[A-Z][A-Z0-9_]*$/;

type Field = jsep.Expression[string];

function isExpression(value: Field | null): value is jsep.Expression {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function foreign(problem: string): Node {
  return { kind: 'foreign', problem };
}

function childOf(value: Field | null): Node {
  return isExpression(value) ? nodeOf(value) : foreign('something is missing between two commas or operators');
}

function childrenOf(value: Field): readonly Node[] {
  return Array.isArray(value) ? value.map((item) => childOf(item)) : [foreign('a list was expected')];
}

function literal(value: Field): Node {
  if (typeof value === 'number') return { kind: 'number' };
  if (typeof value === 'string') return { kind: 'text', text: value };
  return foreign(`metric math has no ${String(value)}`);
}

function operation(operator: Field, operands: readonly Node[]): Node {
  const known = typeof operator === 'string' && OPERATORS.has(operator);
  return known
    ? { kind: 'operation', operands }
    : foreign(`metric math has no operator ${String(operator)} (it has ${[...OPERATORS].join(' ')} AND OR)`);
}

function call(expression: jsep.Expression): Node {
  const callee = childOf(expression.callee);
  if (callee.kind !== 'name') return foreign('only a function can be called');
  const keywords = (node: Node): Node =>
    node.kind === 'name' && KEYWORD.test(node.name) ? { kind: 'keyword', name: node.name } : node;
  return { kind: 'call', name: callee.name, arguments: childrenOf(expression.arguments).map(keywords) };
}

const FOREIGN: Readonly<Record<string, string>> = {
  Compound: 'an operator is missing between two parts',
  ConditionalExpression: 'metric math has no a ? b : c; write IF(a, b, c)',
  MemberExpression: 'metric math has no dots or [] after a name',
  SequenceExpression: 'a comma stands where no list is',
  ThisExpression: 'metric math has no this',
};

export function nodeOf(expression: jsep.Expression): Node {
  const { type, name } = expression;
  if (type === 'Identifier' && typeof name === 'string') return { kind: 'name', name };
  if (type === 'Literal') return literal(expression.value);
  if (type === 'BinaryExpression') {
    return operation(expression.operator, [childOf(expression.left), childOf(expression.right)]);
  }
  if (type === 'UnaryExpression') return operation(expression.operator, [childOf(expression.argument)]);
  if (type === 'ArrayExpression') return { kind: 'list', elements: childrenOf(expression.elements) };
  if (type === 'CallExpression') return call(expression);
  return foreign(FOREIGN[type] ?? `metric math has no ${type}`);
}

function childrenIn(node: Node): readonly Node[] {
  if (node.kind === 'operation') return node.operands;
  if (node.kind === 'list') return node.elements;
  return node.kind === 'call' ? node.arguments : [];
}

/** The node and everything below it, from left to right. */
export function* walk(root: Node): Generator<Node> {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    waiting.push(...childrenIn(node).toReversed());
  }
}
