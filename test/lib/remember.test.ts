/** What a set of so many at most remembers: the newest, each once. */
import { expect, test } from 'vitest';
import { remember } from '../../src/lib/remember.ts';

test('the oldest is forgotten for the newest, and what is known already takes no place', () => {
  const set = new Set<number>();
  for (const value of [1, 2, 3, 2, 3]) remember(set, value, 3);
  expect([...set]).toEqual([1, 2, 3]);
  remember(set, 4, 3);
  expect([...set]).toEqual([2, 3, 4]);
});
