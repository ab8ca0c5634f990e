import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refKey } from '../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { canonicalJson } from '../../src/journal/chain.ts';
import { EVENT_KINDS } from '../../src/journal/event-schema.ts';
import { type Journal, openJournal } from '../../src/journal/open.ts';
import { openJournalForReading } from '../../src/journal/read.ts';
import { at, ref, running, STORY, T0, watch } from './events.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const DAY = 86_400_000;

function open(options: { path?: string; now?: () => number } = {}): Journal {
  return openJournal({
    retention: DAY,
    now: options.now ?? (() => T0),
    onFailure: (failure) => {
      throw new Error(failure.message);
    },
    onRecovered: () => {},
    ...('path' in options ? { path: options.path } : {}),
  });
}

function written(events: readonly WatchdogEvent[] = STORY): void {
  using journal = open({ path });
  for (const event of events) journal.append(event);
}

/** What someone does who changes the file behind the journal's back. */
function tamper(...sql: string[]): void {
  const db = new DatabaseSync(path);
  for (const statement of sql) db.exec(statement);
  db.close();
}

function verified(knownHead?: string) {
  using reader = openJournalForReading(path);
  return reader.verify(knownHead);
}

describe('what is appended is read back', () => {
  test.each([['file'], ['memory']])('in order, typed, from a %s', (kind) => {
    using journal = kind === 'file' ? open({ path }) : open();
    for (const event of STORY) journal.append(event);
    const records = [...journal.events()];
    expect(records.map(({ event }) => event)).toEqual(STORY);
    expect(records.map(({ seq }) => seq)).toEqual(STORY.map((_, index) => index + 1));
    expect(journal.verify()).toEqual({ ok: true, records: STORY.length, head: journal.head() });
  });

  test('by deployment, kind, time and number', () => {
    written();
    using reader = openJournalForReading(path);
    const kinds = (filter: Parameters<typeof reader.events>[0]) => [...reader.events(filter)].map(({ kind }) => kind);
    expect(kinds({ deployment: refKey(ref), kinds: ['stop-requested', 'stop-settled'] })).toEqual([
      'stop-requested',
      'stop-settled',
    ]);
    expect(kinds({ since: at(300), until: at(301) })).toEqual([
      'stop-decided',
      'stop-requested',
      'stop-attempt-failed',
      'stop-answered',
    ]);
    expect(kinds({ limit: 2 })).toEqual(['daemon-started', 'policy-loaded']);
    expect(kinds({ limit: 0 })).toEqual([]);
    expect(reader.deployments()).toEqual([refKey(ref), 'prod-eu/abc1234/env9999/3']);
  });

  test('page by page when there are more than a page', () => {
    const many = Array.from({ length: 1_203 }, (_, second) => ({
      kind: 'journal-recovered' as const,
      at: at(second),
      lost: second,
    }));
    using journal = open();
    for (const event of many) journal.append(event);
    expect([...journal.events()].map(({ event }) => event)).toEqual(many);
    expect([...journal.events({ limit: 1_001 })]).toHaveLength(1_001);
  });

  test('whatever text stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, because) => {
        using journal = open();
        const event: WatchdogEvent = {
          kind: 'watch-released',
          at: T0,
          watch: { ...watch, policy: name },
          because,
          finalState: '\u{d800}\u0000\u2028',
          unjudged: [],
        };
        journal.append(event);
        expect(journal.verify().ok).toBe(true);
        expect([...journal.events()][0]?.event).toEqual(event);
      }),
      { numRuns: 60 },
    );
  });

  test('a kind of a version to come stays as an opaque record', () => {
    written(STORY.slice(0, 3));
    tamper(
      `INSERT INTO record SELECT 4, at, 'moon-phase', deployment, policy, '{}', hash, 'x' FROM record WHERE seq = 3`,
    );
    using reader = openJournalForReading(path);
    const last = [...reader.events()].at(-1);
    expect(last).toMatchObject({ kind: 'moon-phase', data: '{}' });
    expect(last).not.toHaveProperty('event');
  });

  test('canonical JSON does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 1, c: undefined }] })).toBe('{"a":[{"d":1}],"b":1}');
  });

  test('the stories cover the kinds that matter and every kind is known', () => {
    expect(EVENT_KINDS.length).toBe(40);
    for (const event of STORY) expect(EVENT_KINDS).toContain(event.kind);
  });
});

describe('for a restart', () => {
  test('open watches come with their events since their discovery', () => {
    written(STORY.slice(0, 8));
    using reader = openJournalForReading(path);
    const open = reader.openWatches();
    expect(open.map((one) => one.watch.policy)).toEqual(['checkout-prod', 'everything']);
    expect(open[0]?.events).toEqual(STORY.slice(2, 8).filter((event) => 'watch' in event && event.watch === watch));
  });

  test('a released watch is not open; discovered anew it is, without its past', () => {
    const again: WatchdogEvent = {
      kind: 'deployment-discovered',
      at: at(900),
      watch,
      mode: 'enforce',
      snapshot: running,
      rules: ['error-rate'],
    };
    written([...STORY, again]);
    using reader = openJournalForReading(path);
    const open = reader.openWatches().find((one) => one.watch.policy === 'checkout-prod');
    expect(open?.events).toEqual([again]);
  });

  test('a stop without an end is unsettled, with what happened to it so far', () => {
    written(STORY.slice(0, 12));
    using reader = openJournalForReading(path);
    expect(reader.unsettledStops()).toEqual([{ deployment: ref, events: STORY.slice(9, 12) }]);
  });

  test('a settled stop is not', () => {
    written();
    using reader = openJournalForReading(path);
    expect(reader.unsettledStops()).toEqual([]);
  });
});

describe('verify shows', () => {
  test('an altered record', () => {
    written();
    tamper(`UPDATE record SET data = replace(data, '4.2', '0.2') WHERE kind = 'stop-decided'`);
    expect(verified()).toEqual({
      ok: false,
      at: 9,
      because: 'record 9 (stop-decided) was altered after it was written',
    });
  });

  test.each(['at = at + 1', `kind = 'x'`, `deployment = 'y'`, `policy = 'z'`, `hash = 'h'`])(
    'a changed column: %s',
    (set) => {
      written();
      tamper(`UPDATE record SET ${set} WHERE seq = 6`);
      expect(verified()).toMatchObject({ ok: false });
    },
  );

  test('a removed record', () => {
    written();
    tamper('DELETE FROM record WHERE seq = 7');
    expect(verified()).toMatchObject({ ok: false, at: 7, because: expect.stringContaining('record 7 is missing') });
  });

  test('a removed record whose gap was closed', () => {
    written();
    tamper('DELETE FROM record WHERE seq = 7', 'UPDATE record SET seq = seq - 1 WHERE seq > 7');
    expect(verified()).toMatchObject({ ok: false, at: 7, because: expect.stringContaining('does not follow') });
  });

  test('an inserted record', () => {
    written();
    tamper(
      'UPDATE record SET seq = -seq - 1 WHERE seq > 7',
      'UPDATE record SET seq = -seq WHERE seq < 0',
      `INSERT INTO record SELECT 8, at, kind, deployment, policy, data, hash, 'made-up' FROM record WHERE seq = 7`,
    );
    expect(verified()).toMatchObject({ ok: false, at: 8 });
  });

  test('two records that changed places', () => {
    written();
    tamper(
      'UPDATE record SET seq = -4 WHERE seq = 4',
      'UPDATE record SET seq = 4 WHERE seq = 5',
      'UPDATE record SET seq = 5 WHERE seq = -4',
    );
    expect(verified()).toMatchObject({ ok: false, at: 4 });
  });

  test('records removed from the front, also with a matching anchor', () => {
    written();
    tamper(
      'UPDATE anchor SET seq = 5, hash = (SELECT hash FROM record WHERE seq = 4)',
      'DELETE FROM record WHERE seq < 5',
    );
    expect(verified()).toMatchObject({ ok: false, at: 5, because: expect.stringContaining('retention') });
  });

  test('records cut off at the end, against a head noted before', () => {
    written();
    const before = verified();
    if (!before.ok) throw new Error(before.because);
    tamper('DELETE FROM record WHERE seq > 10');
    expect(verified().ok).toBe(true);
    expect(verified(before.head)).toMatchObject({ ok: false, at: 10, because: expect.stringContaining('cut off') });
  });

  test('nothing when a noted head has since been built upon', () => {
    written(STORY.slice(0, 10));
    const before = verified();
    if (!before.ok) throw new Error(before.because);
    written(STORY.slice(10));
    expect(verified(before.head).ok).toBe(true);
  });
});

describe('retention', () => {
  test('deletes old records from the front and the chain still holds', () => {
    written(STORY.filter((event) => !('watch' in event) || event.watch.policy !== 'everything'));
    using journal = open({ path });
    expect(journal.prune(at(300) + DAY)).toBe(7);
    expect([...journal.events()].at(0)?.kind).toBe('stop-decided');
    expect([...journal.events()].at(-1)?.kind).toBe('journal-pruned');
    expect(journal.verify().ok).toBe(true);
    expect(journal.prune(at(300) + DAY)).toBe(0);
    expect(journal.prune(at(3_000) + DAY)).toBe(12);
    expect(journal.verify()).toMatchObject({ ok: true });
    journal.append({ kind: 'daemon-stopped', at: at(4_000), clean: true });
    expect(journal.verify()).toMatchObject({ ok: true });
  });

  test('keeps an old watch that is still open', () => {
    written();
    using journal = open({ path });
    expect(journal.prune(at(0) + 30 * DAY)).toBe(3);
    expect(journal.openWatches().map((one) => one.watch.policy)).toEqual(['everything']);
  });

  test('keeps the opening of a circuit that nobody closed', () => {
    const opened: WatchdogEvent = { kind: 'circuit-opened', at: at(1), stops: 5, within: 600_000 };
    written([
      { kind: 'daemon-stopped', at: at(0), clean: true },
      opened,
      { kind: 'daemon-stopped', at: at(2), clean: true },
    ]);
    using journal = open({ path });
    expect(journal.prune(at(0) + 30 * DAY)).toBe(1);
    journal.append({ kind: 'circuit-closed', at: at(3), by: 'ana', reason: 'mended' });
    expect(journal.prune(at(0) + 30 * DAY)).toBe(2);
    expect(journal.verify().ok).toBe(true);
  });

  test('keeps an old stop that is not settled', () => {
    written(STORY.slice(9, 12));
    using journal = open({ path });
    expect(journal.prune(at(0) + 30 * DAY)).toBe(0);
  });

  test('keeps no stop that failed and whose watch ended since: it would keep everything after it for ever', () => {
    const because = 'the deployment does not exist any more';
    const released = {
      kind: 'watch-released',
      at: at(900),
      watch,
      because,
      finalState: 'DEPLOYING',
      unjudged: [],
    } as const;
    written([...STORY.slice(9, 12), released]);
    using journal = open({ path });
    expect(journal.prune(at(0) + 30 * DAY)).toBe(4);
  });
});

describe('several connections', () => {
  test('a reader reads while the daemon writes', () => {
    using journal = open({ path });
    for (const event of STORY.slice(0, 5)) journal.append(event);
    using reader = openJournalForReading(path);
    const iterator = reader.events()[Symbol.iterator]();
    expect(iterator.next().value?.kind).toBe('daemon-started');
    for (const event of STORY.slice(5)) journal.append(event);
    expect([...reader.events()]).toHaveLength(STORY.length);
  });

  test('two writers keep one chain', () => {
    using first = open({ path });
    using second = open({ path });
    for (const [index, event] of STORY.entries()) (index % 2 === 0 ? first : second).append(event);
    expect([...first.events()].map(({ event }) => event)).toEqual(STORY);
    expect(first.verify().ok).toBe(true);
  });
});

test('a file whose pages are smaller, as those of former versions, keeps them and is gone on with', () => {
  written();
  tamper('PRAGMA journal_mode = DELETE', 'PRAGMA page_size = 4096', 'VACUUM');
  written();
  const db = new DatabaseSync(path);
  expect(db.prepare('PRAGMA page_size').get()).toEqual({ page_size: 4_096 });
  db.close();
  expect(verified()).toMatchObject({ ok: true, records: 2 * STORY.length });
});

test('canonical JSON has its keys in order, few or many', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 80 }), (keys) => {
      const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 1])));
      const inOrder = keys.toSorted((a, b) => (a < b ? -1 : 1)).map((key) => `${JSON.stringify(key)}:1`);
      expect(text).toBe(`{${inOrder.join(',')}}`);
    }),
  );
});

test('canonical JSON says what JSON says, whatever is in it', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 3, withDate: true, withNullPrototype: true }), (value) => {
      const plain = JSON.stringify(value) ?? 'null';
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(plain));
      expect(canonicalJson(value)).toHaveLength(plain.length);
    }),
  );
});
