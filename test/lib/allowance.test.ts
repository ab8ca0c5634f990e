/** What may be taken at once and over time, by one and by many. */
import { expect, test } from 'vitest';
import { allowance, allowances } from '../../src/lib/allowance.ts';

test('a store goes at once, and then so much a second; what was taken for nothing comes back', () => {
  const room = allowance(10, 3);
  expect([1, 1, 1, 1].map((amount) => room.take(amount, 0))).toEqual([true, true, true, false]);
  expect([room.take(1, 99), room.take(1, 100), room.take(1, 100)]).toEqual([false, true, false]);
  room.giveBack(2);
  expect([room.take(3, 100), room.take(2, 100)]).toEqual([false, true]);
  room.giveBack(100);
  expect([room.take(4, 100_000), room.take(3, 100_000)]).toEqual([false, true]);
});

test('time that seems to go back gives nothing', () => {
  const room = allowance(1, 1);
  expect([room.take(1, 5_000), room.take(1, 0), room.take(1, 500), room.take(1, 1_000)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('each key has its own, and of very many the one asked longest ago is forgotten', () => {
  const of = allowances(0, 1, 2);
  expect([of('a').take(1, 0), of('a').take(1, 0), of('b').take(1, 0)]).toEqual([true, false, true]);
  of('a');
  of('c');
  expect([of('a').take(1, 0), of('b').take(1, 0)]).toEqual([false, true]);
});
