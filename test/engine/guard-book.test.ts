import { expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import { guardBook } from '../../src/engine/guard-book.ts';
import { drivenClock } from '../../src/lib/clock.ts';

const DENIED: Failure = { reason: 'auth', retryable: true, message: 'ListDeployments: denied' };
const part = (what: string, id = what) => ({ id, what });
const START = Date.UTC(2026, 10, 27, 12);
const SWEEP = 60_000;

function book() {
  const clock = drivenClock(START);
  const events: WatchdogEvent[] = [];
  const guards = guardBook(clock, (event) => events.push(event));
  const kinds = () =>
    events.splice(0).map(({ kind, at, ...rest }) => [kind, 'what' in rest ? rest.what : '', at - START]);
  return { clock, guards, events, kinds };
}

test('a gap is told when it begins, critically once it has lasted three minutes, and when it is over', async () => {
  const { clock, guards, events, kinds } = book();
  const { onRead } = guards.of('eu');
  onRead(part('a'), DENIED);
  await clock.advance(179_999);
  onRead(part('a'), DENIED);
  expect(kinds()).toEqual([['discovery-incomplete', 'a', 0]]);
  await clock.advance(1);
  onRead(part('a'), DENIED);
  onRead(part('a'), DENIED);
  expect(guards.of('eu').unguarded()).toEqual([{ what: 'a', since: START }]);
  expect(events).toEqual([
    { kind: 'unguarded', at: START + 180_000, target: 'eu', what: 'a', since: START, failure: DENIED },
  ]);
  events.length = 0;
  await clock.advance(60_000);
  onRead(part('a'), undefined);
  onRead(part('a'), undefined);
  expect(events).toEqual([
    { kind: 'guarded-again', at: START + 240_000, target: 'eu', what: 'a', unguardedFor: 240_000, left: 0 },
  ]);
});

test('one that does not last is over without a word, and the next begins anew', async () => {
  const { clock, guards, kinds } = book();
  const { onRead } = guards.of('eu');
  onRead(part('a'), DENIED);
  await clock.advance(170_000);
  onRead(part('a'), undefined);
  onRead(part('a'), DENIED);
  await clock.advance(170_000);
  onRead(part('a'), DENIED);
  expect(kinds()).toEqual([
    ['discovery-incomplete', 'a', 0],
    ['discovery-incomplete', 'a', 170_000],
  ]);
});

test('the end of one says how many are left', async () => {
  const { clock, guards, events } = book();
  const { onRead } = guards.of('eu');
  for (const what of ['a', 'b', 'c']) onRead(part(what), DENIED);
  await clock.advance(180_000);
  for (const what of ['a', 'b']) onRead(part(what), DENIED);
  events.length = 0;
  // `c` was never told as unguarded.
  for (const what of ['c', 'b', 'a']) onRead(part(what), undefined);
  expect(events).toMatchObject([
    { kind: 'guarded-again', what: 'b', left: 1 },
    { kind: 'guarded-again', what: 'a', left: 0 },
  ]);
});

test('what nobody asks for any more is over after a quarter of an hour, or two sweeps', async () => {
  const { clock, guards, kinds } = book();
  const { onRead, passed } = guards.of('eu');
  onRead(part('a'), DENIED);
  await clock.advance(200_000);
  onRead(part('a'), DENIED);
  kinds();
  await clock.advance(900_000);
  passed(SWEEP);
  expect(kinds()).toEqual([]);
  await clock.advance(1);
  passed(600_000);
  expect(kinds()).toEqual([]);
  passed(SWEEP);
  expect(kinds()).toEqual([['guarded-again', 'a', 1_100_001]]);
});

test('two of one name are two gaps', async () => {
  const { clock, guards, events } = book();
  const { onRead } = guards.of('eu');
  onRead(part('a', '1'), DENIED);
  await clock.advance(180_000);
  onRead(part('a', '2'), undefined);
  onRead(part('a', '1'), DENIED);
  expect(events.map(({ kind }) => kind)).toEqual(['discovery-incomplete', 'unguarded']);
});

test('a target keeps its gaps over a reload, and one that is gone loses them', async () => {
  const { clock, guards, events, kinds } = book();
  guards.of('eu').onRead(part('a'), DENIED);
  guards.of('us').onRead(part('a'), DENIED);
  await clock.advance(180_000);
  guards.keep((target) => target === 'eu');
  guards.of('eu').onRead(part('a'), DENIED);
  guards.of('us').onRead(part('a'), DENIED);
  expect(events.map((event) => [event.kind, 'target' in event ? event.target : ''])).toEqual([
    ['discovery-incomplete', 'eu'],
    ['discovery-incomplete', 'us'],
    ['unguarded', 'eu'],
    ['discovery-incomplete', 'us'],
  ]);
  kinds();
  guards.keep(() => false);
  expect(kinds()).toEqual([['guarded-again', 'a', 180_000]]);
});
