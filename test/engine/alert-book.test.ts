/** What a book of alerts makes of messages: news, repetitions, what came late, and what a restart takes up. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { alertBook } from '../../src/engine/alert-book.ts';

const T0 = Date.UTC(2026, 10, 22, 12);
const firing = (change: Partial<Alert> = {}): Alert => ({
  ...{ key: 'k', name: 'Slow', state: 'firing', status: 'firing', labels: { service: 'checkout' }, summary: '' },
  ...change,
});
const resolved = (change: Partial<Alert> = {}) => firing({ state: 'resolved', status: 'resolved', ...change });

function booking() {
  const events: WatchdogEvent[] = [];
  const book = alertBook((event) => void events.push(event));
  const take = (alert: Alert, at: number) => book.take('pager', [alert], at).length === 1;
  return { book, events, take, now: () => book.of('pager').map(({ alert, since }) => [alert.status, since - T0]) };
}

test('what fires, is sent again, and is resolved: two records, and one alert', () => {
  const { events, take, now } = booking();
  expect(take(firing({ since: T0 }), T0 + 5)).toBe(true);
  expect(take(firing({ since: T0, summary: 'with another number' }), T0 + 60)).toBe(false);
  expect(now()).toEqual([['firing', 0]]);
  expect(take(resolved({ since: T0 + 100 }), T0 + 105)).toBe(true);
  expect(now()).toEqual([['resolved', 100]]);
  expect(events.map(({ kind }) => kind)).toEqual(['hook-heard', 'alert-received', 'alert-received']);
});

test('what is sent again after it was resolved came late, and says nothing', () => {
  const { take, now } = booking();
  take(firing({ since: T0 }), T0 + 5);
  take(resolved({ since: T0 + 100 }), T0 + 105);
  expect(take(firing({ since: T0 }), T0 + 110)).toBe(false);
  expect(now()).toEqual([['resolved', 100]]);
});

test('an alert that goes on keeps its beginning, unless the sender says that it began anew', () => {
  const { take, now } = booking();
  take(firing({ since: T0 }), T0 + 5);
  expect(take(firing(), T0 + 1_000)).toBe(false);
  expect(now()).toEqual([['firing', 0]]);
  expect(take(firing({ since: T0 + 2_000 }), T0 + 2_005)).toBe(true);
  expect(now()).toEqual([['firing', 2_000]]);
});

test('without a time of the sender the moment it arrived counts', () => {
  const { take, now } = booking();
  take(firing(), T0 + 7);
  expect(now()).toEqual([['firing', 7]]);
  take(resolved(), T0 + 9);
  take(firing(), T0 + 11);
  expect(now()).toEqual([['firing', 11]]);
});

test('neither firing nor resolved: another word is news, the same one is not', () => {
  const { take, now } = booking();
  expect(take(firing({ state: 'other', status: 'No Data' }), T0)).toBe(true);
  expect(take(firing({ state: 'other', status: 'No Data' }), T0 + 10)).toBe(false);
  expect(take(firing({ state: 'other', status: 'Warn' }), T0 + 20)).toBe(true);
  expect(now()).toEqual([['Warn', 20]]);
});

test('a hook is heard once anything came by it, and not before', () => {
  const { book } = booking();
  expect(book.isHeard('pager')).toBe(false);
  book.take('pager', [], T0);
  expect(book.isHeard('pager')).toBe(true);
  expect(book.of('pager')).toEqual([]);
});

test('a storm is bounded: what is resolved goes first, then what has stood longest', () => {
  const { book } = booking();
  const storm = Array.from({ length: 10_050 }, (_, index) => firing({ key: `k${index}`, since: T0 + index }));
  book.take('pager', [resolved({ key: 'over', since: T0 })], T0);
  book.take('pager', storm, T0);
  const keys = book.of('pager').map(({ alert }) => alert.key);
  expect(keys.length).toBe(10_000);
  expect(keys).not.toContain('over');
  expect(keys.at(-1)).toBe('k10049');
});

const alerts = fc.record(
  {
    key: fc.constantFrom('a', 'b', '__proto__'),
    name: fc.string(),
    state: fc.constantFrom('firing' as const, 'resolved' as const, 'other' as const),
    status: fc.constantFrom('x', 'y'),
    labels: fc.dictionary(fc.string(), fc.string()),
    since: fc.integer({ min: T0, max: T0 + 20 }),
    summary: fc.string(),
  },
  { requiredKeys: ['key', 'name', 'state', 'status', 'labels', 'summary'] },
);

test('whatever comes, a restart from the journal knows the same', () => {
  fc.assert(
    fc.property(fc.array(alerts, { maxLength: 30 }), (messages) => {
      const { book, events, take } = booking();
      for (const [index, message] of messages.entries()) take(message, T0 + index);
      const next = alertBook(() => {
        throw new Error('what is restored is on record already');
      });
      for (const event of events) next.restore(event);
      expect(next.of('pager')).toEqual(book.of('pager'));
      expect(next.isHeard('pager')).toBe(book.isHeard('pager'));
    }),
  );
});

test('whatever comes, the same again says nothing new', () => {
  fc.assert(
    fc.property(fc.array(alerts, { minLength: 1, maxLength: 30 }), (messages) => {
      const { take } = booking();
      for (const [index, message] of messages.entries()) take(message, T0 + index);
      const last = messages.at(-1);
      expect(last === undefined || take(last, T0 + 1_000)).toBe(false);
    }),
  );
});
