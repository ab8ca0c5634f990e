import { expect, test } from 'vitest';
import { lastMade } from '../../src/lib/last-made.ts';

test('what was made last is given again for the very same, and only then', () => {
  const [one, other] = [[1], [1]];
  const make = lastMade((list: readonly number[], count: number) => ({ list, count }));
  const first = make(one, 1);
  expect(first).toEqual({ list: one, count: 1 });
  expect(make(one, 1)).toBe(first);
  expect(make(other, 1)).not.toBe(first);
  expect(make(other, 1).list).toBe(other);
  expect(make(one, 2)).toEqual({ list: one, count: 2 });
  // Only the last one is kept.
  expect(make(one, 1)).not.toBe(first);
});
