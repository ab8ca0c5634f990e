/** The journal's SQLite file: its tables, what marks it as ours, and how it is opened for writing and for reading. */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FailureError } from '../core/failure.ts';
import { GENESIS } from './chain.ts';
import { journalError } from './failure.ts';

/** "acwj": marks an SQLite file as a journal of this program. */
const APPLICATION_ID = 0x6163776a;
const VERSION = 1;

/** Longest wait for a lock, in milliseconds: a locked file must not hold up a stop. */
const BUSY_TIMEOUT = 200;

/**
 * Bytes of a page in a new file. A verdict with its numbers takes some two kilobytes and does not go over two pages: of
 * SQLite's own 4,096 bytes each would take a whole page, which is written twice, to the log and to the file.
 */
const PAGE_SIZE = 16_384;
/** Bytes of the write-ahead log at which it is taken into the file: each time waits for the disk. */
const LONGEST_LOG = 16_384_000;
/** The part of a volume's free room that the log may take: what it is taken into needs room beside it. */
const SHARE_OF_ROOM = 4;

const TABLES = `
CREATE TABLE record (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  deployment TEXT,
  policy TEXT,
  data TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX record_deployment ON record (deployment, seq);
CREATE INDEX record_kind ON record (kind, seq);
CREATE TABLE anchor (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO anchor VALUES (1, 1, '${GENESIS}');
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${VERSION};
`;

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function malformed(path: string, says: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: false, message: `journal ${path}: ${says}` });
}

/** Whether the file is still without content; throws when it is something else than a journal this version knows. */
function isNew(db: DatabaseSync, path: string): boolean {
  const id = pragma(db, 'application_id');
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (id === 0 && tables === 0) return true;
  if (id !== APPLICATION_ID) throw malformed(path, 'it is not a journal: an SQLite file of another program');
  const version = pragma(db, 'user_version');
  if (version > VERSION) {
    const says = `it was written by a newer version of this program (format ${version}, this one knows ${VERSION})`;
    throw malformed(path, `${says}; use that version, or another file`);
  }
  return false;
}

/** Bytes that the log may grow to on the volume of the file. */
function longestLog(path: string): number {
  if (path === ':memory:') return LONGEST_LOG;
  const { bavail, bsize } = statfsSync(dirname(path));
  return Math.min(LONGEST_LOG, (bavail * bsize) / SHARE_OF_ROOM);
}

/**
 * Write-ahead log, so that a reader never blocks the daemon and an answer is on disk before the call goes on. Where the
 * volume has no shared memory (some network file systems) SQLite stays with its rollback journal, just as crash-safe.
 */
function prepareForWriting(db: DatabaseSync, path: string): void {
  // A file that has pages keeps them as they are.
  db.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
  const pages = Math.ceil(longestLog(path) / pragma(db, 'page_size'));
  db.exec(`PRAGMA wal_autocheckpoint = ${Math.max(1, pages)}`);
  db.exec('BEGIN IMMEDIATE');
  try {
    if (isNew(db, path)) db.exec(TABLES);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function opening(path: string, open: () => DatabaseSync, prepare: (db: DatabaseSync) => void): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = open();
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw journalError(error, path);
  }
}

/** Opens or creates the file; `:memory:` keeps everything in memory. Throws FailureError naming the file and why. */
export function openForWriting(path: string): DatabaseSync {
  return opening(
    path,
    () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT }),
    (db) => {
      // Looked at before anything is changed, so that a foreign file stays as it is.
      isNew(db, path);
      prepareForWriting(db, path);
    },
  );
}

/** Opens an existing file for reading, also while a daemon writes to it. Throws FailureError naming the file and why. */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new FailureError({
      reason: 'not-found',
      retryable: false,
      message: `journal ${path}: there is no such file`,
    });
  }
  return opening(
    path,
    () => new DatabaseSync(path, { readOnly: true, timeout: 2_000 }),
    (db) => {
      if (isNew(db, path)) throw malformed(path, 'it is not a journal: the file is empty');
    },
  );
}
