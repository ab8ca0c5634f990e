/** Stops under way: one per deployment, whoever asks. */
import { expect, test } from 'vitest';
import type { StopOutcome } from '../../src/core/event.ts';
import { stopsUnderWay } from '../../src/engine/stops.ts';
import { deploymentAt } from '../support/deployment.ts';

const one = deploymentAt(0);
const other = { ...one, ref: { ...one.ref, number: 13 } };
const DONE: StopOutcome = { kind: 'rolled-back', attempts: 1 };

test('a second request for the same deployment joins the first; another one has its own', async () => {
  const stops = stopsUnderWay();
  const { promise, resolve } = Promise.withResolvers<StopOutcome>();
  let begun = 0;
  const carryOut = () => {
    begun++;
    return promise;
  };
  const asked = [stops.request(one, carryOut), stops.request(one, carryOut), stops.request(other, carryOut)];
  expect(begun).toBe(2);
  expect(stops.count()).toBe(2);
  resolve(DONE);
  expect(await Promise.all(asked)).toEqual([DONE, DONE, DONE]);
  await stops.idle();
  expect(stops.count()).toBe(0);
});

test('after its end the same deployment can be stopped again', async () => {
  const stops = stopsUnderWay();
  await expect(stops.request(one, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await stops.request(one, async () => DONE)).toEqual(DONE);
});

test('abort reaches what is under way, and idle waits for its end', async () => {
  const stops = stopsUnderWay();
  const stop = stops.request(
    one,
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
