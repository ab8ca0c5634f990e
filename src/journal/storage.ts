/** The open journal file over its life: notices that it was deleted or replaced, and puts it back. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { FailureError } from '../core/failure.ts';
import { openForWriting } from './file.ts';

export interface Storage {
  db(): DatabaseSync;
  /** Throws FailureError when the file at the path is no longer the one that is open; see {@link Storage.restore}. */
  assertInPlace(): void;
  /** Writes a deleted file anew with everything it held; opens a file that someone put in its place. */
  restore(): void;
  /** Opens the same file once more: one that was opened while it could only be read never becomes writable. */
  reopen(): void;
  /** Takes the write-ahead log into the file and gives its room back, as far as there is room to do it. */
  takeInLog(): void;
  close(): void;
}

/** Which file a path names now, e.g. `66306:1234`; undefined when there is none. */
function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

function inMemory(): Storage {
  const db = openForWriting(':memory:');
  const nothing = () => {};
  return {
    db: () => db,
    ...{ assertInPlace: nothing, restore: nothing, reopen: nothing, takeInLog: nothing },
    close: () => db.close(),
  };
}

export function journalStorage(path: string | undefined): Storage {
  if (path === undefined) return inMemory();
  let db = openForWriting(path);
  let file = identity(path);
  let log = identity(`${path}-wal`);

  /** A log left behind by the lost file would be read as part of the new one. */
  const dropOrphanedLog = () => {
    if (log === undefined || identity(`${path}-wal`) !== log) return;
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  };
  const open = () => {
    db = openForWriting(path);
    file = identity(path);
    log = identity(`${path}-wal`);
  };
  const writeAnew = () => {
    const copy = `${path}-restoring`;
    rmSync(copy, { force: true });
    db.prepare('VACUUM INTO ?').run(copy);
    dropOrphanedLog();
    db.close();
    renameSync(copy, path);
  };
  return {
    db: () => db,
    assertInPlace() {
      const now = identity(path);
      if (now === file && db.isOpen) return;
      const what = now === undefined ? 'the file was deleted' : 'the file was replaced by another one';
      throw new FailureError({ reason: 'not-found', retryable: true, message: `journal ${path}: ${what}` });
    },
    restore() {
      if (db.isOpen && identity(path) === file) return;
      if (db.isOpen && !existsSync(path)) writeAnew();
      dropOrphanedLog();
      if (db.isOpen) db.close();
      open();
    },
    reopen() {
      // First closed: connections of one process share what they know of the file, also that it is read-only.
      db.close();
      // The log belongs to this very file, and holds records that are not in it yet.
      log = undefined;
      open();
    },
    takeInLog: () => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}
