/** What is asked when: once a period whoever looks, late points again, nothing that cannot be new. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { Instant, Window } from '../../src/core/time.ts';
import { type DrivenClock, drivenClock } from '../../src/lib/clock.ts';
import { type History, history } from '../../src/remote/history.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const SETTLE = 2 * MINUTE;
const question = { key: 'q', text: 'a   question\n in two lines', period: MINUTE };
const { signal } = new AbortController();

let clock: DrivenClock;
let kept: History;
let asked: string[];
let value: (at: Instant) => number | undefined;
let answer: (span: Window) => Promise<ReadonlyMap<Instant, number>>;

const minute = (at: Instant) => (at - NOW) / MINUTE;
beforeEach(() => {
  clock = drivenClock(NOW);
  kept = history('a store', clock);
  asked = [];
  value = minute;
  answer = async ({ from, to }) => {
    const numbers = new Map<Instant, number>();
    for (let at = from; at < to; at += MINUTE) {
      const one = value(at);
      if (one !== undefined) numbers.set(at, one);
    }
    return numbers;
  };
});

const look = (minutes: number, settle = SETTLE, leave = signal) =>
  kept.ranged(
    question,
    (span) => {
      asked.push(`${minute(span.from)}..${minute(span.to)}`);
      return answer(span);
    },
    { window: { from: clock.now() - minutes * MINUTE, to: clock.now() }, settle, signal: leave },
  );

test('looks of one turn are one request for all they need, and later ones ask what is new and late', async () => {
  const [short, long] = await Promise.all([look(3), look(30)]);
  expect(asked).toEqual(['-30..0']);
  expect(short.points.length).toBe(3);
  expect(long.points.length).toBe(30);
  expect(short.query).toBe('a question in two lines');
  await clock.advance(59_000);
  expect(await look(3)).not.toBe(short);
  expect(asked.length).toBe(1);
  await clock.advance(1_000);
  await Promise.all([look(3), look(30)]);
  // One new period, the two that had not settled, and three before them.
  expect(asked.slice(1)).toEqual(['-5..1']);
});

test('the same series as long as nothing is new, so that it is judged once', async () => {
  const window = { from: NOW - 5 * MINUTE, to: NOW };
  const same = () => kept.ranged(question, answer, { window, settle: 0, signal });
  const series = await same();
  expect(await same()).toBe(series);
  await clock.advance(30_000);
  expect(await same()).toBe(series);
  const other = await kept.ranged(question, answer, {
    window: { ...window, from: NOW - 2 * MINUTE },
    settle: 0,
    signal,
  });
  expect(await same()).toBe(series);
  expect(other.points.length).toBe(2);
});

test('points that come late, are revised or vanish are seen while they may change', async () => {
  value = (at) => (minute(at) === -1 ? undefined : 1);
  expect((await look(3)).points.map(({ value: one }) => one)).toEqual([1, 1]);
  value = (at) => (minute(at) === -3 ? undefined : minute(at) === -1 ? 9 : 1);
  await clock.advance(MINUTE);
  expect((await look(4)).points.map(({ at, value: one }) => `${minute(at)}=${one}`)).toEqual(['-2=1', '-1=9', '0=1']);
});

test('rules of other settle times are answered by what they wait for', async () => {
  const [soon, late] = await Promise.all([look(5, 0), look(5, 3 * MINUTE)]);
  expect(soon.points.map(({ settled }) => settled)).toEqual([true, true, true, true, true]);
  expect(late.points.map(({ settled }) => settled)).toEqual([true, true, false, false, false]);
});

test('a point off the grid is an error, one outside of what was asked is left out', async () => {
  answer = async () => new Map([[NOW - 30_000, 1]]);
  await expect(look(3)).rejects.toMatchObject({
    failure: { reason: 'malformed', message: expect.stringContaining('off the grid of 1m') },
  });
  answer = async () =>
    new Map([
      [NOW - MINUTE, 1],
      [NOW, 2],
      [NOW - 9 * MINUTE, 3],
    ]);
  expect((await look(3)).points.map(({ value: one }) => one)).toEqual([1]);
});

describe('who waits', () => {
  test('one that gives up leaves the others waiting; when all have, the request is given up', async () => {
    const reached = Promise.withResolvers<AbortSignal>();
    const held = Promise.withResolvers<ReadonlyMap<Instant, number>>();
    const looking = (leave: AbortSignal) =>
      kept.ranged(
        question,
        (_, given) => {
          reached.resolve(given);
          return held.promise;
        },
        { window: { from: NOW - MINUTE, to: NOW }, settle: 0, signal: leave },
      );
    const [one, other] = [new AbortController(), new AbortController()];
    const [left, staying] = [looking(one.signal), looking(other.signal)];
    const given = await reached.promise;
    one.abort();
    await expect(left).rejects.toMatchObject({ failure: { reason: 'aborted' } });
    expect(given.aborted).toBe(false);
    held.resolve(new Map([[NOW - MINUTE, 4]]));
    expect((await staying).points.map(({ value: got }) => got)).toEqual([4]);
    await expect(look(3, SETTLE, AbortSignal.abort())).rejects.toBeInstanceOf(FailureError);
  });
});

test('a clock that was put back begins anew: what was final may not have happened', async () => {
  await look(3);
  let put = 0;
  const moved = history('a store', { ...clock, now: () => clock.now() + put });
  const lookMoved = () =>
    moved.ranged(
      question,
      async (span) => {
        asked.push(`${minute(span.from)}..${minute(span.to)}`);
        return answer(span);
      },
      {
        window: { from: clock.now() + put - 3 * MINUTE, to: clock.now() + put },
        settle: 0,
        signal,
      },
    );
  asked = [];
  await lookMoved();
  put = -30 * MINUTE;
  await lookMoved();
  expect(asked).toEqual(['-3..0', '-33..-30']);
});

test('a day of looks at the last ten minutes keeps no day of points', async () => {
  for (let minutes = 0; minutes < 300; minutes++) {
    await look(10);
    await clock.advance(MINUTE);
  }
  const whole = await look(300);
  // What nobody had looked at for long was forgotten, and is asked again.
  expect(asked.at(-1)).toMatch(/^0\.\./);
  expect(whole.points.length).toBe(300);
});
