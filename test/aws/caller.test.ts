/** A call ends when its time is up or its caller gives up, whatever the one who sends it does about that. */
import { expect, test } from 'vitest';
import { awsCaller } from '../../src/aws/caller.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** As the SDK while it waits for credentials: it does not look at the signal. */
const deaf = () => new Promise<never>(() => {});

test('one that is never answered times out', async () => {
  const caller = awsCaller({ target: 'main', clock: systemClock(), timeout: 50 });
  const failure = { reason: 'timeout', retryable: true };
  await expect(caller.call('GetDeployment', deaf, new AbortController().signal)).rejects.toMatchObject({ failure });
  expect(caller.inFlight()).toBe(0);
});

test('one that is given up ends at once', async () => {
  const caller = awsCaller({ target: 'main', clock: systemClock() });
  const given = new AbortController();
  const call = caller.call('GetDeployment', deaf, given.signal);
  setImmediate(() => given.abort());
  await expect(call).rejects.toMatchObject({ failure: { reason: 'aborted' } });
  expect(caller.inFlight()).toBe(0);
});
