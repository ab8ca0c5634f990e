/** A journal file that cannot be opened at the start, and what becomes of what was to be recorded. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { openJournalForReading } from '../../src/journal/read.ts';
import { openServiceJournal } from '../../src/service/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'service-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (n: number): WatchdogEvent => ({ kind: 'circuit-closed', at: n, by: 'mia', reason: `${n}` });

function open(path: string) {
  const failures: { message: string; lost: number }[] = [];
  const recovered: number[] = [];
  const journal = openServiceJournal({
    path,
    retention: 86_400_000,
    now: () => 1,
    reopenEvery: 20,
    onFailure: ({ message }, lost) => failures.push({ message, lost }),
    onRecovered: (lost) => recovered.push(lost),
  });
  return { journal, failures, recovered };
}

test('it is told, what comes meanwhile is kept, and the file has all of it in order once it opens', async () => {
  const place = join(folder, 'later');
  const { journal, failures, recovered } = open(join(place, 'journal.db'));
  expect(failures).toMatchObject([{ message: expect.stringContaining(place), lost: 0 }]);
  journal.append(event(1));
  expect([...journal.events()].map((record) => record.event)).toEqual([event(1)]);
  mkdirSync(place);
  await expect.poll(() => recovered).toEqual([0]);
  journal.append(event(2));
  journal.close();
  const file = openJournalForReading(join(place, 'journal.db'));
  const kinds = [...file.events()].map(({ kind }) => kind);
  expect(file.verify()).toMatchObject({ ok: true });
  file[Symbol.dispose]();
  expect(kinds).toEqual(['journal-failed', 'circuit-closed', 'journal-recovered', 'circuit-closed']);
});

test('what is still held at the end is lost, and that is told with its number', () => {
  const { journal, failures } = open(join(folder, 'never', 'journal.db'));
  journal.append(event(1));
  journal.append(event(2));
  journal.close();
  // Two events, and the record of the failure itself.
  expect(failures.at(-1)?.lost).toBe(3);
});

test('a file of another kind is refused: no waiting mends that', () => {
  const path = join(folder, 'notes.txt');
  writeFileSync(path, 'these are notes, and nobody wants them to be lost');
  expect(() => open(path)).toThrow(/not a journal/);
});
