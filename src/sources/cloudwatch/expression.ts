/** Metric math and Metrics Insights, read as far as this program must understand them; CloudWatch computes. */
import jsep from 'jsep';
import { boundedMap } from '../../lib/bounded-map.ts';
import { reachOf } from './reach.ts';
import { type Node, nodeOf, walk } from './syntax.ts';

/** A Metrics Insights query; only one may stand in a call. */
interface InsightsQuery {
  readonly kind: 'insights';
  readonly text: string;
}

export interface MetricMath {
  readonly kind: 'math';
  readonly text: string;
  /** Identifiers, in the order they appear, each once. */
  readonly names: readonly string[];
  /** Functions, in the order they appear, each once. */
  readonly functions: readonly string[];
  /** Filters of METRICS(): every name, or those that contain a text. */
  readonly metricsFilters: readonly (string | undefined)[];
  /**
   * `points`: each value depends on its own period alone, so that a stretch may be asked by itself. `whole`: it depends
   * on the neighbours or on the whole window (RATE, RUNNING_SUM, AVG of one series, …), so that the window is always
   * asked as a whole.
   */
  readonly reach: 'points' | 'whole';
  /** The metric of a bare ANOMALY_DETECTION_BAND(metric, width). */
  readonly band: string | undefined;
  /** The outermost function, for those that give more than one series. */
  readonly outermost: string | undefined;
}

export type Expression = InsightsQuery | MetricMath;
export type Parsed =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problem: string };

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/;
/** Strings and numbers are passed over, so that neither a search text nor `1e5` is taken for a name. */
const TOKEN = new RegExp(`${QUOTED.source}|\\d[\\w.]*|[A-Za-z_]\\w*`, 'g');
const CUT = new RegExp(`(${TOKEN.source})`);

/** jsep has no AND and OR, and its table is global: they are spelled as it knows them, at the same length. */
function asJsepSpells(text: string): string {
  return text.replace(TOKEN, (token) => (token === 'AND' ? '&& ' : token === 'OR' ? '||' : token));
}

function rootOf(text: string): Node | string {
  try {
    return nodeOf(jsep(asJsepSpells(text)));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function bandOf(root: Node): string | undefined {
  if (root.kind !== 'call' || root.name !== 'ANOMALY_DETECTION_BAND') return undefined;
  const metric = root.arguments[0];
  return metric?.kind === 'name' ? metric.name : undefined;
}

function mathOf(text: string, root: Node): MetricMath {
  const names = new Set<string>();
  const functions = new Set<string>();
  const metricsFilters: (string | undefined)[] = [];
  for (const node of walk(root)) {
    if (node.kind === 'name') names.add(node.name);
    if (node.kind !== 'call') continue;
    functions.add(node.name);
    const filter = node.arguments[0];
    if (node.name === 'METRICS') metricsFilters.push(filter?.kind === 'text' ? filter.text : undefined);
  }
  return {
    kind: 'math',
    text,
    names: [...names],
    functions: [...functions],
    metricsFilters,
    reach: reachOf(root),
    band: bandOf(root),
    outermost: root.kind === 'call' ? root.name : undefined,
  };
}

/** The same text in thousands of rules is read once. */
const parsed = new Map<string, Parsed>();
const MOST_PARSED = 1_000;

/** What an expression is made of, or in words why it cannot be read. */
export function parseExpression(text: string): Parsed {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_PARSED) parsed.clear();
  const made = parse(text);
  parsed.set(text, made);
  return made;
}

function parse(text: string): Parsed {
  if (/^\s*SELECT\b/i.test(text)) return { ok: true, expression: { kind: 'insights', text } };
  const root = rootOf(text);
  if (typeof root === 'string') return { ok: false, problem: `expression cannot be read: ${root}` };
  for (const node of walk(root)) {
    if (node.kind === 'foreign') return { ok: false, problem: `expression cannot be read: ${node.problem}` };
  }
  return { ok: true, expression: mathOf(text, root) };
}

/** Texts cut at what may be a name: every second piece is one. They are sent again every period. */
const cut = boundedMap<string, readonly string[]>(MOST_PARSED);

function piecesOf(text: string): readonly string[] {
  const known = cut.get(text);
  if (known !== undefined) return known;
  const made = text.split(CUT);
  cut.set(text, made);
  return made;
}

/** The expression with every metric under another name. */
export function renamed(text: string, nameOf: (name: string) => string | undefined): string {
  let made = '';
  let mayBeName = false;
  for (const piece of piecesOf(text)) {
    made += mayBeName ? (nameOf(piece) ?? piece) : piece;
    mayBeName = !mayBeName;
  }
  return made;
}
