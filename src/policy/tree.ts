/** The file as data whose every part knows where it stands and how it was written. */
import type { Path, Position } from './error.ts';

export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: string | number | boolean | bigint | null;
  /** As it stands in the file, quotes and `${…}` included: what an error may show. */
  readonly written: string;
  /** True when the environment gave a part of the value. */
  readonly interpolated: boolean;
}

interface ListTree {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly Tree[];
}

export interface MapTree {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, { readonly keyAt: Position; readonly value: Tree }>;
}

/** The plain data, as the schema reads it. */
export function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
}

export interface Located {
  /** Of the part itself, or of the nearest part around it that exists. */
  readonly at: Position;
  /** Of the key that leads to the part, when there is one. */
  readonly keyAt: Position;
  /** Missing when nothing stands there. */
  readonly tree?: Tree;
}

function step(from: Tree, part: PropertyKey): Located | undefined {
  if (from.kind === 'list' && typeof part === 'number') {
    const item = from.items[part];
    return item && { at: item.at, keyAt: item.at, tree: item };
  }
  const entry = from.kind === 'map' ? from.entries.get(String(part)) : undefined;
  return entry && { at: entry.value.at, keyAt: entry.keyAt, tree: entry.value };
}

/** Where a path leads; what is missing is located at its parent. */
export function locate(root: Tree, path: Path): Located {
  let here: Located & { readonly tree: Tree } = { at: root.at, keyAt: root.at, tree: root };
  for (const part of path) {
    const next = step(here.tree, part);
    if (next?.tree === undefined) return { at: here.keyAt, keyAt: here.keyAt };
    here = { ...next, tree: next.tree };
  }
  return here;
}

const SECRET_KEY = /externalid|secret|token|passw|credential|apikey|accesskey/i;
const LONGEST = 60;

/** What stands at a path in words for an error; nothing secret, and nothing long. */
export function describe(tree: Tree | undefined, path: Path): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'list') return tree.items.length === 0 ? 'an empty list' : 'a list';
  if (tree.kind === 'map') return tree.entries.size === 0 ? 'an empty map' : 'a map';
  if (tree.written === '') return 'nothing';
  if (!tree.interpolated && path.some((part) => SECRET_KEY.test(String(part)))) return '[redacted]';
  const flat = tree.written.replace(/\s+/g, ' ');
  return flat.length > LONGEST ? `${flat.slice(0, LONGEST)}…` : flat;
}

/** Each value the environment gave a part of, with what the file says in its place. */
export function interpolatedValues(tree: Tree): ReadonlyMap<string, string> {
  if (tree.kind === 'scalar') return new Map(tree.interpolated ? [[String(tree.value), tree.written]] : []);
  const parts = tree.kind === 'list' ? tree.items : [...tree.entries.values()].map((entry) => entry.value);
  return new Map(parts.flatMap((part) => [...interpolatedValues(part)]));
}
