/** Work that several wait for: each leaves by itself, the last one ends it, and its end reaches whoever still waits. */
import { expect, test } from 'vitest';
import { everyGone, joint, Shared } from '../../src/aws/joint.ts';
import { FailureError } from '../../src/core/failure.ts';
import { whenAborted } from '../../src/lib/linked.ts';

const reasonOf = (error: unknown) => (error instanceof FailureError ? error.failure.reason : String(error));

test('one that gives up leaves the others waiting; the last one gives the work up', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  let given: AbortSignal | undefined;
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = joint('GetThing', (signal) => {
    given = signal;
    return promise;
  });
  const [first, second] = [work.join(one.signal), work.join(other.signal)];
  one.abort();
  await expect(first.catch(reasonOf)).resolves.toBe('aborted');
  expect(given?.aborted).toBe(false);
  other.abort();
  await expect(second.catch(reasonOf)).resolves.toBe('aborted');
  expect(given?.aborted).toBe(true);
  // Its end comes late: whoever still asks for it is told.
  resolve('done');
  await new Promise(setImmediate);
  await expect(work.join(new AbortController().signal)).resolves.toBe('done');
});

test('its end reaches all who wait, once, and whoever comes later', async () => {
  const shared = new Shared<number>('GetThing');
  const ended: string[] = [];
  shared.whenOver(() => ended.push('over'));
  const waiting = [1, 2, 3].map(() => shared.join(new AbortController().signal));
  shared.resolve(7);
  shared.reject(new Error('too late'));
  expect(await Promise.all(waiting)).toEqual([7, 7, 7]);
  expect(await shared.join(new AbortController().signal)).toBe(7);
  shared.whenOver(() => ended.push('was over'));
  expect(ended).toEqual(['over', 'was over']);
  await expect(shared.join(AbortSignal.abort()).catch(reasonOf)).resolves.toBe('aborted');
});

test('a failure reaches all who wait, and nobody else: it is not left unhandled', async () => {
  const shared = new Shared<number>('GetThing');
  const leaving = new AbortController();
  const left = shared.join(leaving.signal);
  leaving.abort();
  await expect(left.catch(reasonOf)).resolves.toBe('aborted');
  shared.reject(new Error('refused'));
  await expect(shared.join(new AbortController().signal)).rejects.toThrow('refused');
});

test('several are gone when each has nobody left, also where that was so before', async () => {
  const [one, other] = [new Shared<void>('a'), new Shared<void>('b')];
  const leave = async (shared: Shared<void>) => {
    const controller = new AbortController();
    const waiting = shared.join(controller.signal);
    controller.abort();
    await waiting.catch(reasonOf);
  };
  await leave(one);
  const signal = everyGone([one, other]);
  expect(signal.aborted).toBe(false);
  await leave(other);
  expect(signal.aborted).toBe(true);
  expect(everyGone([]).aborted).toBe(false);
});

test('a signal sets off everything that follows it, but for what let go', () => {
  const controller = new AbortController();
  const done: string[] = [];
  const note = () => done.push('same');
  const letGo = whenAborted(controller.signal, note);
  whenAborted(controller.signal, note);
  whenAborted(controller.signal, () => done.push('other'));
  letGo();
  controller.abort();
  whenAborted(controller.signal, () => done.push('late'));
  expect(done).toEqual(['same', 'other', 'late']);
});
