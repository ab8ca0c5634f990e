/** A call that AWS refused because of when it was signed is made once more at once, also where the SDK makes one try only. */
import { AppConfigClient, ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import { expect, test } from 'vitest';
import { awsCaller } from '../../src/aws/caller.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startSandbox } from '../../src/sandbox/index.ts';

test.each([
  ['off by two hours', 7_200_000, 2],
  ['off by two hours the other way', -7_200_000, 2],
  ['right', 0, 1],
])('a clock that is %s', async (_, systemClockOffset, tries) => {
  await using sandbox = await startSandbox();
  const client = new AppConfigClient({
    ...{ endpoint: sandbox.url, region: 'us-east-1', maxAttempts: 1, systemClockOffset },
    credentials: { accessKeyId: 'AKIASANDBOX', secretAccessKey: 'not-a-secret' },
  });
  const caller = awsCaller({ target: 'test', clock: systemClock() });
  const ask = () =>
    caller.call(
      'ListApplications',
      (abortSignal) => client.send(new ListApplicationsCommand({}), { abortSignal }),
      new AbortController().signal,
    );
  expect((await ask()).Items).toEqual([]);
  expect(sandbox.requests()).toHaveLength(tries);
  // It knows the time from then on.
  await ask();
  expect(sandbox.requests()).toHaveLength(tries + 1);
});
