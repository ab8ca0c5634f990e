/** The token bucket on a driven clock: bursts, waiting in turn, and turns that are given up. */
import { expect, test } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { rateLimit } from '../../src/lib/rate-limit.ts';

/** Asks for so many turns and notes, in milliseconds, when each came. */
function asking(limit: ReturnType<typeof rateLimit>, now: () => number, count: number, signal: AbortSignal) {
  const came: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    limit.turn(signal).then(
      () => came.push(now()),
      () => {},
    );
  }
  return came;
}

test('a burst goes at once, the rest at the rate', async () => {
  const clock = drivenClock(0);
  const came = asking(rateLimit(clock, 4, 2), clock.now, 5, new AbortController().signal);
  await clock.advance(10_000);
  expect(came).toEqual([0, 0, 250, 500, 750]);
});

test('turns that are given up are given back: nobody queues behind those who left', async () => {
  const clock = drivenClock(0);
  const limit = rateLimit(clock, 4, 2);
  const leaving = new AbortController();
  asking(limit, clock.now, 400, leaving.signal);
  await clock.advance(1_000);
  leaving.abort();
  await clock.advance(1_000);
  const came = asking(limit, clock.now, 3, new AbortController().signal);
  await clock.advance(10_000);
  expect(came).toEqual([2_000, 2_000, 2_250]);
});

test('a clock that is put back makes nobody wait', async () => {
  const clock = drivenClock(10_000_000);
  let set = 0;
  const limit = rateLimit({ ...clock, now: () => clock.now() + set }, 4, 2);
  asking(limit, clock.elapsed, 2, new AbortController().signal);
  set = -7_200_000;
  const came = asking(limit, clock.elapsed, 2, new AbortController().signal);
  await clock.advance(10_000);
  expect(came).toEqual([250, 500]);
});

test('whoever is hurried waits no longer, and the turn is used up all the same', async () => {
  const clock = drivenClock(0);
  const limit = rateLimit(clock, 1, 1);
  const { signal } = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const came: string[] = [];
  const take = (name: string, hurry?: Promise<void>) => limit.turn(signal, hurry).then(() => void came.push(name));
  const all = [take('first'), take('second'), take('hurried', promise), take('last')];
  await clock.advance(500);
  resolve();
  await clock.advance(0);
  expect(came).toEqual(['first', 'hurried']);
  await clock.advance(500);
  expect(came).toEqual(['first', 'hurried', 'second']);
  await clock.advance(1_999);
  expect(came).toHaveLength(3);
  await clock.advance(1);
  await Promise.all(all);
  expect(came.at(-1)).toBe('last');
});
