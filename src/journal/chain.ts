/** The hash chain: how a record is written down, and the hash that ties it to the one before. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

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

const rowSchema = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  deployment: z.string().nullable(),
  policy: z.string().nullable(),
  data: z.string(),
  prev_hash: z.string(),
  hash: z.string(),
});

/** A row as SQLite gives it; throws when a column does not hold what it must. */
export function readRow(raw: unknown): Row {
  const { prev_hash: prevHash, ...rest } = rowSchema.parse(raw);
  return { ...rest, prevHash };
}

/** SHA-256 (hex) over the previous hash and every column, as one JSON array. */
export function hashOf(row: Omit<Row, 'hash'>): string {
  const all = [row.prevHash, row.seq, row.at, row.kind, row.deployment, row.policy, row.data];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** JSON with the keys of every object in code-unit order, so that equal values are equal text. */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? 'null';
}

/** What JSON.stringify would write, in order; thousands of verdicts are written a minute, and a replacer is far slower. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return textOf(value.toJSON());
  return Array.isArray(value) ? listText(value) : objectText(value);
}

function listText(list: readonly unknown[]): string {
  let text = '';
  for (const item of list) text += `${text === '' ? '' : ','}${textOf(item) ?? 'null'}`;
  return `[${text}]`;
}

function objectText(object: object): string {
  const members = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  let text = '';
  for (const [key, value] of members) {
    const inner = textOf(value);
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${inner}`;
  }
  return `{${text}}`;
}
