/** Reads YAML into a {@link Tree}; what YAML allows and a policy file should not hold becomes a fault. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { plainText } from '../lib/text.ts';
import type { Path, Position } from './error.ts';
import type { Fault } from './fault.ts';
import { type Environment, interpolate } from './interpolate.ts';
import type { MapTree, ScalarTree, Tree } from './tree.ts';
import { follows, syntaxWords, type Words } from './yaml-syntax.ts';

const DEEPEST = 40;
const MOST_PARTS = 50_000;
const MOST_ALIASES = 100;
/** Brackets, words, line ends, …: what the parser may be given, since the time it takes grows with them. */
const MOST_LEXEMES = 400_000;
/** Above {@link DEEPEST}, whose place in the file is told. */
const MOST_BRACKETS = 60;
const LONGEST_LEXEME = 65_536;
const TOO_MANY = { expected: `at most ${MOST_LEXEMES} words and signs`, found: 'more' };
const TOO_LONG = { expected: `at most ${LONGEST_LEXEME} characters in one value`, found: 'more' };
const TOO_DEEP = { expected: `at most ${DEEPEST} levels`, found: 'far more' };
/** Names that mean something to JavaScript's objects. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export type YamlResult =
  | { readonly ok: true; readonly tree: Tree; readonly faults: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

interface Reading {
  readonly document: Document.Parsed;
  readonly text: string;
  readonly env: Environment;
  readonly faults: Fault[];
  position(offset: number): Position;
  parts: number;
  aliases: number;
}

/** A node as the parser gives it; what is no node (an absent value) has no range. */
function rangeOf(node: unknown): readonly [number, number] | undefined {
  if (!(isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) || !node.range) return undefined;
  return [node.range[0], node.range[1]];
}

function absent(at: Position): ScalarTree {
  return { kind: 'scalar', at, value: null, written: '', interpolated: false };
}

function scalar(reading: Reading, value: unknown, range: readonly [number, number], path: Path): Tree {
  const at = reading.position(range[0]);
  const written = reading.text.slice(...range);
  if (typeof value === 'string') {
    const result = interpolate(value, reading.env);
    if (result.ok) return { kind: 'scalar', at, value: result.text, written, interpolated: result.names.length > 0 };
    reading.faults.push({ path, expected: result.expected, found: written, at });
    return { kind: 'scalar', at, value, written, interpolated: true };
  }
  const known = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
  return { kind: 'scalar', at, value: known ? value : null, written, interpolated: false };
}

/** What is wrong with a key, if anything. */
function keyFault(key: unknown, taken: ReadonlyMap<string, unknown>): Omit<Fault, 'path' | 'at'> | undefined {
  if (typeof key !== 'string')
    return {
      expected: 'a key that is text (in quotes)',
      found: key === undefined ? 'a list or a map as key' : `the key ${plainText(String(key), 60)}`,
    };
  const found = `the key ${plainText(key, 60)}`;
  if (taken.has(key)) return { expected: 'each key once in a map', found: `${found} again` };
  if (RESERVED.has(key)) return { expected: 'another name: this one is reserved', found };
  if (key.includes('${')) return { expected: 'a key without a reference: only values may hold one', found };
  return undefined;
}

function mapEntries(reading: Reading, items: readonly unknown[], path: Path, depth: number): MapTree['entries'] {
  const entries = new Map<string, { keyAt: Position; value: Tree }>();
  for (const pair of items) {
    if (!isPair(pair)) continue;
    const keyNode = isAlias(pair.key) ? pair.key.resolve(reading.document) : pair.key;
    const key: unknown = isScalar(keyNode) ? keyNode.value : undefined;
    const keyAt = reading.position(rangeOf(pair.key)?.[0] ?? 0);
    const fault = keyFault(key, entries);
    if (fault !== undefined)
      reading.faults.push({ ...fault, path: entries.has(String(key)) ? [...path, String(key)] : path, at: keyAt });
    else
      entries.set(String(key), { keyAt, value: part(reading, pair.value, [...path, String(key)], depth + 1, keyAt) });
  }
  return entries;
}

/** Tells once that the file holds more than anyone writes by hand, and reads no further. */
function tooMuch(reading: Reading, path: Path, depth: number, at: Position): boolean {
  const deep = depth > DEEPEST;
  if (deep) reading.faults.push({ path: path.slice(0, 3), expected: `at most ${DEEPEST} levels`, found: 'more', at });
  if (deep) reading.parts = MOST_PARTS + 1;
  reading.parts += 1;
  if (reading.parts === MOST_PARTS + 1) {
    reading.faults.push({ path: [], expected: `at most ${MOST_PARTS} values (aliases counted)`, found: 'more', at });
  }
  return reading.parts > MOST_PARTS;
}

function aliased(reading: Reading, node: unknown, path: Path, at: Position): unknown {
  if (!isAlias(node)) return node;
  reading.aliases += 1;
  if (reading.aliases === MOST_ALIASES + 1) {
    reading.faults.push({ path, expected: `at most ${MOST_ALIASES} aliases`, found: 'more', at });
  }
  if (reading.aliases > MOST_ALIASES) return undefined;
  const target = node.resolve(reading.document);
  const found = plainText(`*${node.source}`, 60);
  if (target === undefined)
    reading.faults.push({ path, expected: 'the alias of an anchor that stands before it', found, at });
  return target;
}

function part(reading: Reading, written: unknown, path: Path, depth: number, around: Position): Tree {
  const own = rangeOf(written);
  const at = own === undefined ? around : reading.position(own[0]);
  if (tooMuch(reading, path, depth, at)) return absent(at);
  const node = aliased(reading, written, path, at);
  if (isMap(node)) return { kind: 'map', at, entries: mapEntries(reading, node.items, path, depth) };
  if (isSeq(node)) {
    const items = node.items.map((item, index) => part(reading, item, [...path, index], depth + 1, at));
    return { kind: 'list', at, items };
  }
  const range = rangeOf(node);
  if (!isScalar(node) || range === undefined) return absent(at);
  return scalar(reading, node.value, range, path);
}

function syntaxFaults(document: Document.Parsed, position: Reading['position']): readonly Fault[] {
  const line = (error: YAMLError) => position(error.pos[0]).line;
  return [...document.errors, ...document.warnings]
    .filter((error, index, all) => {
      const before = all[index - 1];
      return !follows(error, before, before !== undefined && line(before) === line(error));
    })
    .map((error) => ({ path: [], at: position(error.pos[0]), ...syntaxWords(error) }));
}

/** What the lexer puts in that does not stand in the text: where a document, a scalar or a flow begins or ends. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/** What makes a text too much to be parsed at all, and at which offset; found by the one pass over it that is cheap. */
function unparseable(text: string): { readonly words: Words; readonly offset: number } | undefined {
  let lexemes = 0;
  let depth = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '[' || lexeme === '{') depth++;
    if (lexeme === ']' || lexeme === '}') depth--;
    if (depth > MOST_BRACKETS) return { words: TOO_DEEP, offset };
    if (++lexemes > MOST_LEXEMES) return { words: TOO_MANY, offset };
    if (lexeme.length > LONGEST_LEXEME && !lexeme.startsWith('#')) return { words: TOO_LONG, offset };
    if (!MARKS.has(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** Deep nesting overflows the parser's stack before anything can be counted. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
    return document.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION') ? undefined : document;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The tree of a text with its references filled in, or why there is none. Never throws for what a file holds. */
export function readYaml(text: string, env: Environment): YamlResult {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const start = { line: 1, column: 1 };
  const excess = unparseable(text);
  if (excess !== undefined) {
    return { ok: false, faults: [{ path: [], ...excess.words, at: positionIn(text, excess.offset) }] };
  }
  const document = parsed(text, lines);
  if (document === undefined) return { ok: false, faults: [{ path: [], ...TOO_DEEP, at: start }] };
  const syntax = syntaxFaults(document, position);
  if (syntax.length > 0) return { ok: false, faults: syntax };
  const faults: Fault[] = [];
  const reading: Reading = { document, text, env, faults, position, parts: 0, aliases: 0 };
  const tree = part(reading, document.contents, [], 0, start);
  /** What was not read to the end is not judged. */
  const whole = reading.parts <= MOST_PARTS && reading.aliases <= MOST_ALIASES;
  return whole ? { ok: true, tree, faults } : { ok: false, faults };
}
