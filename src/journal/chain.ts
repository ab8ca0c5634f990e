/** The hash chain: how a record is written down, and the hash that ties it to the one before. */
import { hash as digestOf } from 'node:crypto';
import { z } from 'zod';
import { sortedKeys } from '../core/sorted-keys.ts';
import { once } from '../lib/once.ts';

/** The hash "before" the first record of a new journal. */
export const GENESIS = '0'.repeat(64);

/** One row of the journal, exactly as it is stored and hashed. */
export interface Row {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  /** {@link refKey} of the deployment, for the records of one. */
  readonly deployment: string | null;
  /** Name of the policy, for the records of one watch. */
  readonly policy: string | null;
  /** Canonical JSON of the whole event. */
  readonly data: string;
  readonly prevHash: string;
  readonly hash: string;
}

const rowSchema = once(() =>
  z.object({
    seq: z.number(),
    at: z.number(),
    kind: z.string(),
    deployment: z.string().nullable(),
    policy: z.string().nullable(),
    data: z.string(),
    prev_hash: z.string(),
    hash: z.string(),
  }),
);

/** A row as SQLite gives it; throws when a column does not hold what it must. */
export function readRow(raw: unknown): Row {
  const { prev_hash: prevHash, ...rest } = rowSchema().parse(raw);
  return { ...rest, prevHash };
}

/** The previous hash and the columns before the data, in the order in which they are hashed. */
type BeforeData = readonly [
  prevHash: string,
  seq: number,
  at: number,
  kind: string,
  deployment: string | null,
  policy: string | null,
];

/** What is hashed stands between this and {@link AFTER_DATA}: one JSON array, whose last entry is the data as a string. */
export function beforeData(columns: BeforeData): string {
  return `${JSON.stringify(columns).slice(0, -1)},"`;
}
export const AFTER_DATA = '"]';

/** SHA-256 (hex) over the previous hash and every column, as one JSON array. */
export function hashOf(row: Omit<Row, 'hash'>): string {
  const all = [row.prevHash, row.seq, row.at, row.kind, row.deployment, row.policy, row.data];
  return digestOf('sha256', JSON.stringify(all));
}

/** JSON with the keys of every object in code-unit order, so that equal values are equal text. */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? 'null';
}

/**
 * What JSON.stringify would write, in order. Ten thousand verdicts are written a minute, each of some thirty objects: a
 * replacer, or a sort that is handed a function, takes longer than all the rest.
 */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return JSON.stringify(value);
  }
}

/** Whether JSON.stringify itself writes it in order: what is nested as well. A key is looked at before any value is. */
function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if ('toJSON' in value) return false;
  if (isList(value)) return value.every(isInOrder);
  // What is inherited is not written, and would be gone through here.
  if (Object.getPrototypeOf(value) !== Object.prototype || !hasMembers(value)) return false;
  let before = '';
  for (const key in value) {
    if (key < before) return false;
    before = key;
  }
  for (const key in value) if (!isInOrder(value[key])) return false;
  return true;
}

function objectText(value: object): string | undefined {
  if (isInOrder(value)) return JSON.stringify(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return textOf(value.toJSON());
  return isList(value) ? listText(value) : hasMembers(value) ? membersText(value) : undefined;
}

const isList = (value: object): value is readonly unknown[] => Array.isArray(value);
const hasMembers = (value: object): value is Readonly<Record<string, unknown>> => !Array.isArray(value);

function listText(list: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ',';
    text += textOf(list[index]) ?? 'null';
  }
  return `${text}]`;
}

/** Keys as they stand before a value, escaped and with their colon; there are few, and they come again and again. */
const written = new Map<string, string>();
const MOST_WRITTEN = 1_000;

function keyText(key: string): string {
  const known = written.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  // A policy file can name things as it likes, and so many of them.
  if (written.size < MOST_WRITTEN) written.set(key, text);
  return text;
}

function membersText(members: Readonly<Record<string, unknown>>): string {
  let text = '{';
  for (const key of sortedKeys(members)) {
    const inner = textOf(members[key]);
    if (inner === undefined) continue;
    if (text.length > 1) text += ',';
    text += keyText(key) + inner;
  }
  return `${text}}`;
}
