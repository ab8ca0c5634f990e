/** Evaluates a metric math expression inside the request it stands in. */
import { FUNCTIONS } from './functions.ts';
import { mathError } from './math-error.ts';
import type { BinaryOperator, Expression } from './parse.ts';
import { lift, lift2, type MathContext, scalar, several, single, type Value } from './value.ts';

const truth = (holds: boolean) => Number(holds);

const OPERATORS: Readonly<Record<BinaryOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // Not a finite number: no datapoint.
  '/': (left, right) => (right === 0 ? Number.NaN : left / right),
  '^': (left, right) => left ** right,
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '<': (left, right) => truth(left < right),
  '<=': (left, right) => truth(left <= right),
  '>': (left, right) => truth(left > right),
  '>=': (left, right) => truth(left >= right),
  '&&': (left, right) => truth(left !== 0 && right !== 0),
  '||': (left, right) => truth(left !== 0 || right !== 0),
};

/** Words that stand where an id could. */
const METHODS: ReadonlySet<string> = new Set(['REPEAT', 'LINEAR']);

/** Throws a MathError. */
export function evaluate(node: Expression, context: MathContext): Value {
  switch (node.kind) {
    case 'number':
      return scalar(node.value);
    case 'text':
      return { kind: 'text', value: node.value };
    case 'name':
      return valueFor(node.name, context);
    case 'negated':
      return lift(evaluate(node.operand, context), (value) => -value);
    case 'binary':
      return lift2(evaluate(node.left, context), evaluate(node.right, context), OPERATORS[node.operator]);
    case 'list':
      return listOf(
        node.items.map((item) => evaluate(item, context)),
        context,
      );
    case 'call':
      return callOf(node.name, node.args, context);
  }
}

function valueFor(name: string, context: MathContext): Value {
  const value = context.valueFor(name);
  if (value === undefined) throw mathError(`Undefined metric or expression id ${name}`);
  return value;
}

function callOf(name: string, args: readonly Expression[], context: MathContext): Value {
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (called === undefined) throw mathError(`Unsupported function ${name}`);
  const { least, most } = called;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw mathError(`${name} takes ${wanted} arguments, found ${args.length}`);
  }
  const names = args.map((arg) => (arg.kind === 'name' ? arg.name : undefined));
  const values = args.map((arg) =>
    arg.kind === 'name' && METHODS.has(arg.name) ? { kind: 'text' as const, value: arg.name } : evaluate(arg, context),
  );
  return called.run({ args: values, names, context });
}

/** A list of numbers stays a series of one moment to the reducers; with series among them numbers hold for every period. */
function listOf(items: readonly Value[], context: MathContext): Value {
  const numbers = items.flatMap((item) => (item.kind === 'scalar' ? [item.value] : []));
  if (items.length > 0 && numbers.length === items.length) {
    return single({
      label: 'list',
      period: context.period,
      at: numbers.map(() => context.window.from),
      values: numbers,
    });
  }
  const series = items.flatMap((item) =>
    item.kind === 'series' ? [item.series] : item.kind === 'array' ? item.series : [],
  );
  const times = [...new Set(series.flatMap(({ at }) => at))].sort((a, b) => a - b);
  const period = Math.max(context.period, ...series.map((each) => each.period));
  const constants = numbers.map((value) => ({
    label: String(value),
    period,
    at: times,
    values: times.map(() => value),
  }));
  return several([...series, ...constants]);
}
