import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { type Journal, openJournal } from '../../src/journal/open.ts';
import { openJournalForReading } from '../../src/journal/read.ts';
import { hasMount, smallVolume } from '../real/support/mount.ts';
import { at, STORY, T0 } from './events.ts';

let folder = '';
let path = '';
let told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal.db');
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options: { backlog?: number; retryEvery?: number } = {}): Journal {
  return openJournal({
    path,
    retention: 86_400_000,
    now: () => T0,
    onFailure: (failure, lost) => told.push(`failed ${failure.code ?? failure.reason} lost ${lost}`),
    onRecovered: (lost) => told.push(`recovered lost ${lost}`),
    retryEvery: 60_000,
    ...options,
  });
}

const stop = STORY.find(({ kind }) => kind === 'stop-requested') ?? STORY[0];
const event = (second: number): WatchdogEvent => ({ kind: 'daemon-stopped', at: at(second), clean: true });
const verdict = (second: number): WatchdogEvent => {
  const found = STORY.find(({ kind }) => kind === 'rule-judged');
  if (found?.kind !== 'rule-judged') throw new Error('the story has no verdict');
  return { ...found, at: at(second) };
};

function kinds(): readonly string[] {
  using reader = openJournalForReading(path);
  expect(reader.verify().ok).toBe(true);
  return [...reader.events()].map((record) => record.kind);
}

/** Holds the file's write lock, as a careless other program would. */
function locked(): Disposable {
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  return {
    [Symbol.dispose]() {
      other.exec('ROLLBACK');
      other.close();
    },
  };
}

describe('a locked file', () => {
  test('holds up an append for a moment at most, is told once, and is caught up with in order', () => {
    using journal = open();
    if (stop === undefined) throw new Error('the story is empty');
    {
      using _lock = locked();
      const started = performance.now();
      journal.append(stop);
      expect(performance.now() - started).toBeLessThan(400);
      const again = performance.now();
      for (let second = 0; second < 50; second++) journal.append(event(second));
      expect(performance.now() - again).toBeLessThan(100);
      expect(journal.flush()).toBe(false);
      expect(told).toEqual(['failed SQLITE_BUSY lost 0']);
    }
    expect(journal.waiting()).toBe(52);
    expect(journal.flush()).toBe(true);
    expect(told).toEqual(['failed SQLITE_BUSY lost 0', 'recovered lost 0']);
    expect(kinds()).toEqual([
      'stop-requested',
      'journal-failed',
      ...Array.from({ length: 50 }, () => 'daemon-stopped'),
      'journal-recovered',
    ]);
  });

  test('is tried again by itself', async () => {
    using journal = open({ retryEvery: 50 });
    {
      using _lock = locked();
      journal.append(event(1));
    }
    for (let tries = 0; tries < 100 && told.length < 2; tries++) await delay(20);
    expect(told).toEqual(['failed SQLITE_BUSY lost 0', 'recovered lost 0']);
    expect(journal.waiting()).toBe(0);
  });

  test('for so long that records are lost: verdicts go first, and the journal says how many', () => {
    using journal = open({ backlog: 4 });
    {
      using _lock = locked();
      journal.append(verdict(1));
      journal.append(event(2));
      journal.append(verdict(3));
      for (const second of [4, 5, 6]) journal.append(event(second));
      expect(told).toEqual(['failed SQLITE_BUSY lost 0', 'failed SQLITE_BUSY lost 1']);
    }
    expect(journal.flush()).toBe(true);
    expect(told.at(-1)).toBe('recovered lost 3');
    const last = [...journal.events()].at(-1);
    expect(last?.event).toEqual({ kind: 'journal-recovered', at: T0, lost: 3 });
    expect([...journal.events()].map((record) => record.at)).toEqual([2, 4, 5, 6].map((s) => at(s)).concat(T0));
  });

  test('at the end: what could not be written is told as lost', () => {
    const journal = open();
    using _lock = locked();
    journal.append(event(1));
    journal.close();
    expect(told.at(-1)).toBe('failed SQLITE_BUSY lost 2');
    journal.append(event(2));
    expect(told.at(-1)).toMatch(/^failed .* lost [1-9]/);
  });
});

describe('a file that goes away', () => {
  test('deleted: told, and written anew with all it held', () => {
    using journal = open();
    for (const one of STORY) journal.append(one);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    journal.append(event(1));
    expect(told).toEqual(['failed not-found lost 0']);
    expect(journal.flush()).toBe(true);
    expect(kinds()).toEqual([
      ...STORY.map(({ kind }) => kind),
      'daemon-stopped',
      'journal-failed',
      'journal-recovered',
    ]);
    journal.append(event(2));
    expect(kinds()).toHaveLength(STORY.length + 4);
  });

  test('only the main file deleted, its log left behind', () => {
    using journal = open();
    for (const one of STORY) journal.append(one);
    rmSync(path);
    journal.append(event(1));
    expect(journal.flush()).toBe(true);
    expect(kinds()).toHaveLength(STORY.length + 3);
  });

  test('replaced by a fresh journal: goes on in that one', () => {
    using journal = open();
    for (const one of STORY) journal.append(one);
    renameSync(path, `${path}-moved`);
    const fresh = openJournal({
      path: `${path}-new`,
      retention: 1,
      now: () => T0,
      onFailure: () => {},
      onRecovered: () => {},
    });
    fresh.append(event(1));
    fresh.close();
    renameSync(`${path}-new`, path);
    journal.append(event(2));
    expect(journal.flush()).toBe(true);
    expect(kinds()).toEqual(['daemon-stopped', 'daemon-stopped', 'journal-failed', 'journal-recovered']);
  });

  test('with its whole folder: keeps waiting, and catches up when the folder is back', () => {
    using journal = open();
    renameSync(folder, `${folder}-away`);
    journal.append(event(1));
    expect(journal.flush()).toBe(false);
    renameSync(`${folder}-away`, folder);
    expect(journal.flush()).toBe(true);
    expect(kinds()).toEqual(['daemon-stopped', 'journal-failed', 'journal-recovered']);
  });
});

describe('a file that cannot be a journal is refused when it is opened', () => {
  test('no SQLite file', () => {
    writeFileSync(path, 'not a database, '.repeat(500));
    expect(() => open()).toThrow(/journal .*journal\.db: it is not a journal/);
    expect(statSync(path).size).toBe(8_000);
  });

  test('of another program', () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    expect(() => open()).toThrow(/an SQLite file of another program/);
  });

  test('of a newer version', () => {
    open().close();
    const other = new DatabaseSync(path);
    other.exec('PRAGMA user_version = 2');
    other.close();
    expect(() => open()).toThrow(/newer version of this program \(format 2, this one knows 1\)/);
  });

  test('in a folder that is not there', () => {
    path = join(folder, 'none', 'journal.db');
    expect(() => open()).toThrow(/cannot be opened/);
  });

  test('that is a folder', () => {
    path = folder;
    expect(() => open()).toThrow(/cannot be opened/);
  });
});

const child = fileURLToPath(new URL('appender.ts', import.meta.url));

test('killed in the middle of writing, everything that was confirmed is there and the chain holds', async () => {
  for (const pause of [60, 110, 170]) {
    const daemon = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let confirmed = '';
    daemon.stdout.on('data', (data: Buffer) => {
      confirmed += data.toString();
    });
    await once(daemon.stdout, 'data');
    await delay(pause);
    daemon.kill('SIGKILL');
    await once(daemon, 'close');
    const last = Number(confirmed.trimEnd().split('\n').at(-1));
    expect(last).toBeGreaterThan(0);
    using reader = openJournalForReading(path);
    const verified = reader.verify();
    expect(verified).toMatchObject({ ok: true });
    expect(verified.ok && verified.records).toBeGreaterThanOrEqual(last);
  }
});

test('a disk that takes no more: loud, nothing thrown, and what was written before stays sound', async () => {
  const limited = spawn('bash', ['-c', 'ulimit -f 1000; exec "$0" "$1" "$2" 2000', process.execPath, child, path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  limited.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const [code] = await once(limited, 'close');
  expect(code).toBe(0);
  expect(said).toMatch(/^failed journal .*journal\.db: /);
  using reader = openJournalForReading(path);
  const verified = reader.verify();
  expect(verified.ok && verified.records).toBeGreaterThan(10);
});

describe.runIf(hasMount)('on a small volume', () => {
  test('the log is taken into the file before it takes the room that the file needs', () => {
    using _volume = smallVolume(folder, '1m');
    using journal = open();
    // Each record on its own takes three pages of the log: a hundred would take five megabytes of it.
    for (let second = 0; second < 100; second++) journal.append(event(second));
    expect(told).toEqual([]);
    expect(kinds()).toHaveLength(100);
  });

  test('that is full, a file with free pages takes the log in and goes on', () => {
    using volume = smallVolume(folder, '1m');
    const former = open();
    for (let second = 0; second < 150; second++) former.append(verdict(second));
    expect(former.prune(at(200) + 86_400_000)).toBe(150);
    former.close();
    using journal = open();
    journal.append(event(0));
    volume.fill();
    for (let second = 0; second < 20; second++) journal.append(event(second));
    expect(told).toEqual([]);
    expect(kinds()).toHaveLength(22);
  });
});
