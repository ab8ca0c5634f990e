/** Turns what SQLite and the file system throw into a failure that says what is wrong with the journal file. */
import { type Failure, FailureError } from '../core/failure.ts';

interface Cause {
  readonly code: string;
  readonly says: string;
  readonly reason: Failure['reason'];
}

const FULL = 13;

/** SQLite's primary result codes that an operator can do something about. */
const CAUSES: Readonly<Record<number, Cause>> = {
  3: { code: 'SQLITE_PERM', says: 'access was refused', reason: 'auth' },
  5: { code: 'SQLITE_BUSY', says: 'another process holds it locked', reason: 'unavailable' },
  6: { code: 'SQLITE_LOCKED', says: 'it is locked', reason: 'unavailable' },
  8: { code: 'SQLITE_READONLY', says: 'it cannot be written to (read-only file or volume)', reason: 'auth' },
  10: { code: 'SQLITE_IOERR', says: 'reading or writing the disk failed', reason: 'unavailable' },
  11: { code: 'SQLITE_CORRUPT', says: 'the file is damaged', reason: 'malformed' },
  [FULL]: { code: 'SQLITE_FULL', says: 'the disk is full', reason: 'unavailable' },
  14: { code: 'SQLITE_CANTOPEN', says: 'it cannot be opened (missing folder or permission)', reason: 'not-found' },
  26: { code: 'SQLITE_NOTADB', says: 'it is not a journal: not an SQLite file', reason: 'malformed' },
};

/** SQLite's primary result code of what it threw. */
function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Whether the disk had no room for what was written. */
export function isFull(error: unknown): boolean {
  return resultCode(error) === FULL;
}

export function journalFailure(error: unknown, path: string): Failure {
  if (error instanceof FailureError) return error.failure;
  const detail = error instanceof Error ? error.message : String(error);
  const code = resultCode(error);
  const cause = code === undefined ? undefined : CAUSES[code];
  if (cause === undefined) {
    const named = error instanceof Error && 'code' in error ? String(error.code) : 'Error';
    return { reason: 'unavailable', retryable: true, code: named, message: `journal ${path}: ${detail}` };
  }
  const message = `journal ${path}: ${cause.says} (${detail})`;
  return { reason: cause.reason, retryable: cause.reason !== 'malformed', code: cause.code, message };
}

export function journalError(error: unknown, path: string): FailureError {
  return new FailureError(journalFailure(error, path), { cause: error });
}
