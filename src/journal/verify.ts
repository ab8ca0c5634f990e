/** Walks the chain from its anchor to its head and says where it was tampered with. */
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { hashOf, type Row, readRow } from './chain.ts';
import { PRUNED, readAnchor } from './write.ts';

export type Verification =
  | { readonly ok: true; readonly records: number; readonly head: string }
  /** `at` is the seq of the record that does not fit. */
  | { readonly ok: false; readonly at: number; readonly because: string };

const prunedSchema = once(() => z.object({ from: z.number(), hash: z.string() }));

/** Why a row does not follow on what came before it; undefined when it does. */
function fault(row: Row, expectedSeq: number, previous: string): string | undefined {
  if (row.seq !== expectedSeq) return `record ${expectedSeq} is missing (the next one is ${row.seq})`;
  if (row.prevHash !== previous) {
    return `record ${row.seq} does not follow on the one before it: a record was inserted, removed or exchanged`;
  }
  if (hashOf(row) !== row.hash) return `record ${row.seq} (${row.kind}) was altered after it was written`;
  return undefined;
}

/** Where the last prune says that the chain starts. */
function recordedStart(row: Row): string {
  const pruned = prunedSchema().safeParse(JSON.parse(row.data));
  return pruned.success ? `${pruned.data.from} ${pruned.data.hash}` : 'unreadable';
}

function walk(db: DatabaseSync, knownHead: string | undefined): Verification {
  const anchor = readAnchor(db);
  let start = '';
  let seq = anchor.seq;
  let previous = anchor.hash;
  let headSeen = knownHead === undefined || knownHead === previous;
  for (const raw of db.prepare('SELECT * FROM record ORDER BY seq').iterate()) {
    const row = readRow(raw);
    const because = fault(row, seq, previous);
    if (because !== undefined) return { ok: false, at: seq, because };
    if (row.kind === PRUNED) start = recordedStart(row);
    if (row.hash === knownHead) headSeen = true;
    previous = row.hash;
    seq++;
  }
  if (anchor.seq > 1 && start !== `${anchor.seq} ${anchor.hash}`) {
    const because = `the records before ${anchor.seq} were removed, but not by this program's retention`;
    return { ok: false, at: anchor.seq, because };
  }
  if (!headSeen) {
    const because = `the noted head ${knownHead} is not in the journal: records were cut off at its end or rewritten`;
    return { ok: false, at: seq - 1, because };
  }
  return { ok: true, records: seq - anchor.seq, head: previous };
}

/**
 * Checks every record. Records cut off at the end leave a shorter chain that is sound in itself: only a head noted
 * elsewhere earlier, given as `knownHead`, shows that. Works on one snapshot while others write.
 */
export function verifyChain(db: DatabaseSync, knownHead?: string): Verification {
  db.exec('BEGIN');
  try {
    return walk(db, knownHead);
  } finally {
    db.exec('COMMIT');
  }
}
