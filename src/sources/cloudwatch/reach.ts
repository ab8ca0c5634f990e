/** Whether a value of an expression depends on its own period alone, or on its neighbours or the whole window too. */
import { type Node, walk } from './syntax.ts';

const POINTWISE: ReadonlySet<string> = new Set(['ABS', 'CEIL', 'FLOOR', 'IF', 'LOG', 'LOG10', 'METRICS', 'SEARCH']);
/** Over a list they fold each period by itself; over one series they fold the whole window into one number. */
const FOLDS: ReadonlySet<string> = new Set(['AVG', 'MAX', 'MIN', 'STDDEV', 'SUM']);

function isList(node: Node | undefined): boolean {
  return node?.kind === 'list' || (node?.kind === 'call' && (node.name === 'METRICS' || node.name === 'SEARCH'));
}

/** FILL with a number; FILL with REPEAT or LINEAR looks at the neighbours. */
function fillsWithNumber(call: Node & { kind: 'call' }): boolean {
  const filling = call.arguments[1];
  return filling?.kind === 'number' || (filling?.kind === 'operation' && filling.operands[0]?.kind === 'number');
}

function pointwise(node: Node): boolean {
  if (node.kind !== 'call') return true;
  if (FOLDS.has(node.name)) return isList(node.arguments[0]);
  return node.name === 'FILL' ? fillsWithNumber(node) : POINTWISE.has(node.name);
}

/** Functions of tomorrow count as `whole`, which is always right and only costs datapoints. */
export function reachOf(root: Node): 'points' | 'whole' {
  for (const node of walk(root)) if (!pointwise(node)) return 'whole';
  return 'points';
}
