/** Stops under way: one per deployment, whoever asks. */
import { expect, test } from 'vitest';
import type { StopOutcome } from '../../src/core/event.ts';
import { type Leave, stopsUnderWay } from '../../src/engine/stops.ts';
import { deploymentAt } from '../support/deployment.ts';

const one = deploymentAt(0);
const other = { ...one, ref: { ...one.ref, number: 13 } };
const PLAIN = { allowRevert: false };
const DONE: StopOutcome = { kind: 'rolled-back', attempts: 1 };

test('a second request for the same deployment joins the first; another one has its own', async () => {
  const stops = stopsUnderWay();
  const { promise, resolve } = Promise.withResolvers<StopOutcome>();
  let begun = 0;
  const carryOut = () => {
    begun++;
    return promise;
  };
  const asked = [
    stops.request(one, PLAIN, carryOut),
    stops.request(one, PLAIN, carryOut),
    stops.request(other, PLAIN, carryOut),
  ];
  expect(begun).toBe(2);
  expect(stops.count()).toBe(2);
  resolve(DONE);
  expect(await Promise.all(asked)).toEqual([DONE, DONE, DONE]);
  await stops.idle();
  expect(stops.count()).toBe(0);
});

test('one that joins may allow more than the first, and never takes it back', async () => {
  const stops = stopsUnderWay();
  const { promise, resolve } = Promise.withResolvers<StopOutcome>();
  const seen: Leave[] = [];
  const carryOut = (_: AbortSignal, leave: Leave) => {
    seen.push(leave);
    return promise;
  };
  void stops.request(one, { allowRevert: false }, carryOut);
  expect(seen).toEqual([{ allowRevert: false }]);
  void stops.request(one, { allowRevert: true }, carryOut);
  void stops.request(one, { allowRevert: false }, carryOut);
  expect(seen).toEqual([{ allowRevert: true }]);
  resolve(DONE);
  await stops.idle();
});

test('after its end the same deployment can be stopped again', async () => {
  const stops = stopsUnderWay();
  await expect(stops.request(one, PLAIN, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await stops.request(one, PLAIN, async () => DONE)).toEqual(DONE);
});

test('abort reaches what is under way, and idle waits for its end', async () => {
  const stops = stopsUnderWay();
  const stop = stops.request(
    one,
    PLAIN,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const rejected = expect(stop).rejects.toThrow('shutting down');
  expect(stops.aborted()).toBe(false);
  stops.abort();
  expect(stops.aborted()).toBe(true);
  await stops.idle();
  await rejected;
  expect(stops.count()).toBe(0);
});
