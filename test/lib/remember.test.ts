/** What a set of so many at most remembers: the newest, each once. */
import { expect, test } from 'vitest';
import { remember } from '../../src/lib/remember.ts';

test('the oldest is forgotten for the newest, and what is known already takes no place', () => {
  const set = new Set<string>();
  for (const value of ['a', 'b', 'c', 'b', 'c']) remember(set, value, 3);
  expect([...set]).toEqual(['a', 'b', 'c']);
  remember(set, 'd', 3);
  expect([...set]).toEqual(['b', 'c', 'd']);
});
