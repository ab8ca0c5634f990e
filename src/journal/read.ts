/** Reads the journal back: records as typed events, the watches still open, the stops not yet settled. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import type { DeploymentRef } from '../core/deployment.ts';
import type { OperatorEvent, StopEvent, WatchdogEvent, WatchEvent, WatchRef } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import { once } from '../lib/once.ts';
import { type Row, readRow } from './chain.ts';
import { readEvent } from './event-schema.ts';
import { openForReading } from './file.ts';
import { OPEN_WATCHES, UNSETTLED_STOPS } from './queries.ts';
import { type Verification, verifyChain } from './verify.ts';
import { readTip } from './write.ts';

export interface JournalRecord {
  readonly seq: number;
  readonly at: Instant;
  /** An event kind, or one of the journal's own (`journal-pruned`), or one of a version to come. */
  readonly kind: string;
  readonly deployment?: string;
  readonly policy?: string;
  /** The event, when this version knows its kind and can read it. */
  readonly event?: WatchdogEvent;
  /** The event's JSON as it was written. */
  readonly data: string;
  readonly prevHash: string;
  readonly hash: string;
}

interface RecordFilter {
  /** `refKey` of a deployment. */
  readonly deployment?: string;
  readonly kinds?: readonly string[];
  /** Inclusive. */
  readonly since?: Instant;
  /** Exclusive. */
  readonly until?: Instant;
  readonly limit?: number;
}

export interface JournalReader {
  /** Records in the order they were written; reads in pages, so that a writer is never held up. */
  events(filter?: RecordFilter): Iterable<JournalRecord>;
  /** Watches discovered and not released, each with its events since its discovery. */
  openWatches(): readonly { readonly watch: WatchRef; readonly events: readonly WatchEvent[] }[];
  /** Stops requested and not settled, each with its events since the request. A failed stop is not settled. */
  unsettledStops(): readonly {
    readonly deployment: DeploymentRef;
    readonly events: readonly (StopEvent | OperatorEvent)[];
  }[];
  /** Keys (`refKey`) of all deployments that have records, oldest first. */
  deployments(): readonly string[];
  verify(knownHead?: string): Verification;
  /** Hash of the last record: note it elsewhere, and `verify` shows whether records were cut off later. */
  head(): string;
}

const PAGE = 500;

function toRecord(row: Row): JournalRecord {
  const event = readEvent(row.kind, parsed(row.data));
  const { deployment, policy, ...rest } = row;
  return {
    ...rest,
    ...(deployment === null ? {} : { deployment }),
    ...(policy === null ? {} : { policy }),
    ...(event === undefined ? {} : { event }),
  };
}

/** Data that is no JSON any more (tampered with) reads as no event; `verify` is what tells. */
function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function conditions(filter: RecordFilter): { sql: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (sql: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    parts.push(` AND ${sql}`);
    values.push(value);
  };
  add('deployment = ?', filter.deployment);
  add('kind IN (SELECT value FROM json_each(?))', filter.kinds && JSON.stringify(filter.kinds));
  add('at >= ?', filter.since);
  add('at < ?', filter.until);
  return { sql: parts.join(''), values };
}

function* records(db: DatabaseSync, filter: RecordFilter, after = 0): Generator<JournalRecord> {
  const { sql, values } = conditions(filter);
  const page = db.prepare(`SELECT * FROM record WHERE seq > ?${sql} ORDER BY seq LIMIT ?`);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let last = after;
  while (left > 0) {
    const rows = page.all(last, ...values, Math.min(PAGE, left)).map(readRow);
    for (const row of rows) yield toRecord(row);
    if (rows.length < PAGE) return;
    left -= rows.length;
    last = rows.at(-1)?.seq ?? last;
  }
}

const groupSchema = once(() => z.object({ deployment: z.string(), policy: z.string().nullable(), since: z.number() }));

function groups(db: DatabaseSync, query: string) {
  return db
    .prepare(`${query} ORDER BY since`)
    .all()
    .map((raw) => groupSchema().parse(raw))
    .map(({ deployment, policy, since }) => {
      const own = [...records(db, { deployment }, since - 1)];
      return own.filter((record) => (record.policy ?? null) === policy).flatMap(({ event }) => event ?? []);
    });
}

/** The reading half of a journal, over a connection that someone else opens and closes. */
export function journalReader(connection: () => DatabaseSync): JournalReader {
  return {
    events: (filter = {}) => ({ [Symbol.iterator]: () => records(connection(), filter) }),
    openWatches: () =>
      groups(connection(), OPEN_WATCHES).flatMap((group) => {
        const events = group.filter((event) => 'watch' in event);
        return events[0] === undefined ? [] : [{ watch: events[0].watch, events }];
      }),
    unsettledStops: () =>
      groups(connection(), UNSETTLED_STOPS).flatMap((group) => {
        const events = group.filter((event) => 'deployment' in event);
        return events[0] === undefined ? [] : [{ deployment: events[0].deployment, events }];
      }),
    deployments: () =>
      connection()
        .prepare('SELECT deployment FROM record WHERE deployment IS NOT NULL GROUP BY deployment ORDER BY min(seq)')
        .all()
        .map((row) => String(row.deployment)),
    verify: (knownHead) => verifyChain(connection(), knownHead),
    head: () => readTip(connection()).hash,
  };
}

/** Opens a journal file for reading only, also while a daemon writes to it. Throws FailureError naming the file. */
export function openJournalForReading(path: string): JournalReader & Disposable {
  const db = openForReading(path);
  return { ...journalReader(() => db), [Symbol.dispose]: () => db.close() };
}
