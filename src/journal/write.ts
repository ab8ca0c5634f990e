/** Appends records to the chain and drops whole old ones from its front. */
import { hash as digestOf } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { WatchdogEvent } from '../core/event.ts';
import { JsonBytes, jsonText } from '../core/json-bytes.ts';
import type { Instant } from '../core/time.ts';
import { AFTER_DATA, beforeData, canonicalJson } from './chain.ts';
import { type Content, contentOf } from './content.ts';
import { OPEN_CIRCUIT, OPEN_WATCHES, UNSETTLED_STOPS } from './queries.ts';

/** The kind of the record that a prune leaves behind; it is the journal's own, not an event of the daemon. */
export const PRUNED = 'journal-pruned';

interface Tip {
  readonly seq: number;
  readonly hash: string;
}
const tipSchema = z.object({ seq: z.number(), hash: z.string() });

/** Where the chain starts: the seq of its first record and the hash before it. */
export function readAnchor(db: DatabaseSync): Tip {
  return tipSchema.parse(db.prepare('SELECT seq, hash FROM anchor').get());
}

/** The last record; before the first one, the anchor. */
export function readTip(db: DatabaseSync): Tip {
  const last = db.prepare('SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1').get();
  if (last !== undefined) return tipSchema.parse(last);
  const anchor = readAnchor(db);
  return { seq: anchor.seq - 1, hash: anchor.hash };
}

/** The data comes as the bytes of its text. */
const INSERT = 'INSERT INTO record VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT), ?, ?)';

/** What is written at the moment. */
const bytes = new JsonBytes();

function link(insert: StatementSync, tip: Tip, { at, kind, deployment, policy, write }: Content): Tip {
  const seq = tip.seq + 1;
  write(bytes.begin(beforeData([tip.hash, seq, at, kind, deployment, policy])));
  const hash = digestOf('sha256', bytes.quoted(AFTER_DATA));
  insert.run(seq, at, kind, deployment, policy, bytes.plain(), tip.hash, hash);
  return { seq, hash };
}

/** The seq before the first of them, and of the last. */
export interface Appended {
  readonly after: number;
  readonly last: number;
}

function append(db: DatabaseSync, contents: readonly Content[]): Appended {
  const insert = db.prepare(INSERT);
  let tip = readTip(db);
  const after = tip.seq;
  for (const content of contents) tip = link(insert, tip, content);
  return { after, last: tip.seq };
}

/** One transaction that others see whole or not at all; the head is read inside, so several writers keep one chain. */
function transaction<Out>(db: DatabaseSync, work: () => Out): Out {
  db.exec('BEGIN IMMEDIATE');
  try {
    const out = work();
    db.exec('COMMIT');
    return out;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Appends events in order. Verdicts may lose the last moments of a power cut (they are computed anew); with anything
 * else among them everything is on disk when this returns.
 */
export function appendEvents(db: DatabaseSync, events: readonly WatchdogEvent[]): Appended {
  const contents = events.map(contentOf);
  const durable = events.some((event) => event.kind !== 'rule-judged');
  db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
  return transaction(db, () => append(db, contents));
}

/** The first record that must stay: the first young enough, or of a watch, stop or open circuit that is not over. */
function firstToKeep(db: DatabaseSync, before: Instant): number {
  const young = db.prepare('SELECT min(seq) AS seq FROM record WHERE at >= ?').get(before)?.seq;
  const open = [OPEN_WATCHES, UNSETTLED_STOPS, OPEN_CIRCUIT].map(
    (query) => db.prepare(`SELECT min(since) AS seq FROM (${query})`).get()?.seq,
  );
  const seqs = [young, ...open].filter((seq) => typeof seq === 'number');
  return Math.min(readTip(db).seq + 1, ...seqs);
}

/**
 * Deletes the records from the front that are older than `before`, and records that it did: the chain then starts at
 * the anchor, whose seq and hash stand in that record. Returns how many were deleted.
 */
export function pruneRecords(db: DatabaseSync, before: Instant, now: Instant): number {
  let removed = 0;
  db.exec('PRAGMA synchronous = FULL');
  transaction(db, () => {
    const from = readAnchor(db).seq;
    const keep = firstToKeep(db, before);
    removed = keep - from;
    if (removed <= 0) return;
    const last = tipSchema.parse(db.prepare('SELECT seq, hash FROM record WHERE seq = ?').get(keep - 1));
    db.prepare('DELETE FROM record WHERE seq < ?').run(keep);
    db.prepare('UPDATE anchor SET seq = ?, hash = ?').run(keep, last.hash);
    const data = jsonText(canonicalJson({ kind: PRUNED, at: now, from: keep, hash: last.hash, removed }));
    const write = (to: JsonBytes) => to.text(data);
    const content = { at: Math.floor(now), kind: PRUNED, deployment: null, policy: null, write };
    // With nothing left to link to, the tip is the anchor just written.
    append(db, [content]);
  });
  return Math.max(0, removed);
}
