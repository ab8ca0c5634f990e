/**
 * The disk under the journal: full, broken, locked. SQLite itself is the one that says so where that can be had (a
 * database that may not grow is full); the others are told as SQLite tells them. A dead process writes nothing.
 */
import { DatabaseSync } from 'node:sqlite';
import { here } from '../kernel/globals.ts';
import type { DiskTrouble } from '../scenario/scenario.ts';
import type { Process } from './process.ts';

/** What is wrong with the disk of a process now. */
export type DiskOf = (process: Process) => DiskTrouble | undefined;

const MOST_PAGES = 1_073_741_823;
const CODES = { broken: 10, locked: 5, full: 13 } as const;

const watching = new WeakMap<Process, DiskOf>();
const realExec = DatabaseSync.prototype.exec;
const limited = new WeakSet<DatabaseSync>();

export function useDisk(process: Process, disk: DiskOf): void {
  watching.set(process, disk);
}

function refuse(kind: keyof typeof CODES): never {
  throw Object.assign(new Error(`the disk is ${kind}`), { errcode: CODES[kind], code: 'ERR_SQLITE_ERROR' });
}

/** Lets the database grow, or no more: SQLITE_FULL then comes from SQLite. */
function mayGrow(db: DatabaseSync, may: boolean): void {
  if (may === !limited.has(db)) return;
  const pages = may ? MOST_PAGES : Number(db.prepare('PRAGMA page_count').get()?.page_count);
  realExec.call(db, `PRAGMA max_page_count = ${pages}`);
  if (may) limited.delete(db);
  else limited.add(db);
}

function execIn(process: Process, db: DatabaseSync, sql: string): void {
  process.databases.add(db);
  if (process.dead) throw new Error('this process is dead');
  // What is kept in memory needs no disk.
  const trouble = db.location() === null ? undefined : watching.get(process)?.(process);
  const opens = sql.startsWith('PRAGMA journal_mode');
  if (opens || sql === 'BEGIN IMMEDIATE') {
    if (trouble === 'broken' || trouble === 'locked') refuse(trouble);
    if (opens && trouble === 'full') refuse('full');
    if (!opens) mayGrow(db, trouble !== 'full');
  }
  if (sql === 'COMMIT' && process.step()) throw new Error('this process died before it committed');
  realExec.call(db, sql);
  if (sql === 'COMMIT') process.step();
}

const isProcess = (owner: unknown): owner is Process =>
  typeof owner === 'object' && owner !== null && 'databases' in owner;

let installed = false;

/** Once for a thread; outside of a simulated process nothing is changed. */
export function installDisk(): void {
  if (installed) return;
  installed = true;
  DatabaseSync.prototype.exec = function exec(this: DatabaseSync, sql: string) {
    const owner = here()?.owner;
    if (isProcess(owner)) execIn(owner, this, sql);
    else realExec.call(this, sql);
  };
}

/** What the operating system does with the files of a process that ended. */
export function closeFiles(process: Process): void {
  for (const db of process.databases) {
    if (!db.isOpen) continue;
    if (db.isTransaction) realExec.call(db, 'ROLLBACK');
    db.close();
  }
}
