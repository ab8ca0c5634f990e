/** Signals that follow another one: when they are aborted, and that nothing is left of them. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { linked } from '../../src/lib/linked.ts';

test('is aborted with the one it follows, for the same reason', () => {
  const parent = new AbortController();
  const child = linked(parent.signal);
  expect(child.signal.aborted).toBe(false);
  parent.abort(new Error('enough'));
  expect(child.signal.reason).toEqual(new Error('enough'));
  expect(linked(parent.signal).signal.reason).toEqual(new Error('enough'));
});

test('aborts itself and not the one it follows', () => {
  const parent = new AbortController();
  const child = linked(parent.signal);
  child.abort('late');
  expect([child.signal.reason, parent.signal.aborted]).toEqual(['late', false]);
});

test('one that was disposed of is left alone, and thousands leave one listener', () => {
  const parent = new AbortController();
  const children = Array.from({ length: 1_000 }, () => linked(parent.signal));
  expect(getEventListeners(parent.signal, 'abort')).toHaveLength(1);
  const [first, ...others] = children;
  for (const child of others) child[Symbol.dispose]();
  parent.abort();
  expect(first?.signal.aborted).toBe(true);
  expect(others.some((child) => child.signal.aborted)).toBe(false);
});
