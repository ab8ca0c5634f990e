/** Failures that go on are told when they begin. */
import { expect, test } from 'vitest';
import type { Failure } from '../../src/core/failure.ts';
import { toldOnce } from '../../src/engine/told-once.ts';

const DOWN: Failure = { reason: 'unavailable', retryable: true, message: 'down' };
const DENIED: Failure = { reason: 'auth', retryable: false, message: 'denied' };

test('a failure is told when it begins, each thing for itself, and again after it has ended', () => {
  const told: [string, string][] = [];
  const onRead = toldOnce((what, failure) => told.push([what, failure.reason]));
  onRead('a', undefined);
  onRead('a', DOWN);
  onRead('a', DENIED);
  onRead('b', DENIED);
  onRead('a', undefined);
  onRead('a', DENIED);
  expect(told).toEqual([
    ['a', 'unavailable'],
    ['b', 'auth'],
    ['a', 'auth'],
  ]);
});
