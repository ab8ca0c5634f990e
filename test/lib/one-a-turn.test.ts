/** One piece of long work in each turn of the event loop. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { oneATurn } from '../../src/lib/one-a-turn.ts';

test('those that come together are let in one a turn, in order', async () => {
  const next = oneATurn();
  const done: number[] = [];
  const all = [1, 2, 3].map((who) => next().then(() => done.push(who)));
  const seen: number[] = [];
  for (let turns = 0; turns < 5; turns++) {
    await turn();
    seen.push(done.length);
  }
  await Promise.all(all);
  expect(done).toEqual([1, 2, 3]);
  const grown = seen.map((count, index) => count - (seen[index - 1] ?? 0));
  expect(Math.max(...grown)).toBe(1);
});
