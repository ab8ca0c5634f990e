/** Credentials of a role are assumed once, renewed in time, and held by no clock alone. */
import { expect, test } from 'vitest';
import { heldCredentials } from '../../src/aws/role.ts';

const MINUTE = 60_000;

function role() {
  const time = { wall: 1_000 * MINUTE, steady: 0 };
  const asked: { readonly answer: (ok: boolean) => void }[] = [];
  const get = heldCredentials(
    () =>
      new Promise((resolve, reject) => {
        const number = asked.length + 1;
        asked.push({
          answer: (ok) =>
            ok
              ? resolve({ accessKeyId: `key-${number}`, secretAccessKey: 'not-a-secret' })
              : reject(new Error(`refused ${number}`)),
        });
      }),
    { wall: () => time.wall, steady: () => time.steady },
  );
  const pass = (length: number) => {
    time.wall += length;
    time.steady += length;
  };
  const key = async () => (await get()).accessKeyId;
  return { time, asked, pass, key };
}

test('those who ask at once share one answer, and it is held', async () => {
  const { asked, key, pass } = role();
  const both = Promise.all([key(), key()]);
  asked[0]?.answer(true);
  expect(await both).toEqual(['key-1', 'key-1']);
  pass(49 * MINUTE);
  expect(await key()).toBe('key-1');
  expect(asked).toHaveLength(1);
});

test('a client asks here each time, instead of judging by the time of day', async () => {
  const get = heldCredentials(() =>
    Promise.resolve({ accessKeyId: 'a', secretAccessKey: 'b', expiration: new Date(Date.now() + 3_600_000) }),
  );
  expect((await get()).expiration?.getTime()).toBe(0);
});

test('near the end they serve until the next ones are there, also when those are refused', async () => {
  const { asked, key, pass } = role();
  const first = key();
  asked[0]?.answer(true);
  await first;
  pass(51 * MINUTE);
  expect(await key()).toBe('key-1');
  asked[1]?.answer(false);
  await expect.poll(key).toBe('key-1');
  expect(asked).toHaveLength(3);
  asked[2]?.answer(true);
  await expect.poll(key).toBe('key-3');
});

test('after the end nobody gets the old ones', async () => {
  const { asked, key, pass } = role();
  const first = key();
  asked[0]?.answer(true);
  await first;
  pass(61 * MINUTE);
  const late = key();
  asked[1]?.answer(false);
  await expect(late).rejects.toThrow('refused 2');
});

test.each([
  ['a clock that was put back by two hours does not keep them alive', { wall: -60 * MINUTE, steady: 60 * MINUTE }, 2],
  ['a machine that slept has let them end', { wall: 60 * MINUTE, steady: 0 }, 2],
])('%s', async (_, { wall, steady }, times) => {
  const { asked, key, time } = role();
  const first = key();
  asked[0]?.answer(true);
  await first;
  time.wall += wall;
  time.steady += steady;
  const next = key();
  asked[1]?.answer(true);
  expect(await next).toBe('key-2');
  // And the clock as it is now is what the new ones are held by.
  expect(await key()).toBe('key-2');
  expect(asked).toHaveLength(times);
});
