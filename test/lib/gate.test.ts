/** So many at once: who waits, who goes first, who gives up. */
import { expect, test } from 'vitest';
import { turns } from '../../src/lib/clock.ts';
import { gate } from '../../src/lib/gate.ts';

const { signal } = new AbortController();

test('no more than so many are inside, and the others follow in order', async () => {
  const door = gate(2);
  const inside: number[] = [];
  const all = [1, 2, 3, 4].map((who) => door.enter(signal).then(() => inside.push(who)));
  await turns();
  expect(inside).toEqual([1, 2]);
  door.leave();
  await turns();
  expect(inside).toEqual([1, 2, 3]);
  door.leave();
  await Promise.all(all);
  expect(inside).toEqual([1, 2, 3, 4]);
});

test('one that came in one turn with the leaving does not overfill it', async () => {
  const door = gate(1);
  await door.enter(signal);
  const inside: string[] = [];
  const waits = door.enter(signal).then(() => inside.push('waited'));
  door.leave();
  const late = door.enter(signal).then(() => inside.push('late'));
  await turns();
  expect(inside).toEqual(['waited']);
  door.leave();
  await Promise.all([waits, late]);
});

test('whoever is hurried goes in although it is full, and does not make room for one more', async () => {
  const door = gate(1);
  await door.enter(signal);
  const inside: string[] = [];
  const waits = door.enter(signal).then(() => inside.push('waited'));
  await door.enter(signal, Promise.resolve());
  door.leave();
  await turns();
  expect(inside).toEqual([]);
  door.leave();
  await waits;
});

test('whoever gives up leaves the queue', async () => {
  const door = gate(1);
  await door.enter(signal);
  const gone = new AbortController();
  const given = door.enter(gone.signal).catch((error: unknown) => String(error));
  const waits = door.enter(signal);
  gone.abort(new Error('gone'));
  expect(await given).toContain('gone');
  door.leave();
  await waits;
});

test('who is told waits as an object: let in when there is room or when hurried, told once when given up', () => {
  const door = gate(1);
  const told: string[] = [];
  const waiting = (who: string) => ({
    answered: () => void told.push(who),
    failed: (error: unknown) => void told.push(`${who}: ${String(error)}`),
  });
  expect(door.tell(signal, waiting('first'))).toBeUndefined();
  const gone = new AbortController();
  const given = door.tell(gone.signal, waiting('given up'));
  const hurried = door.tell(signal, waiting('hurried'));
  door.tell(signal, waiting('last'));
  hurried?.hurry();
  gone.abort('enough');
  given?.hurry();
  hurried?.hurry();
  expect(told).toEqual(['first', 'hurried', 'given up: enough']);
  door.leave();
  expect(told).toHaveLength(3);
  door.leave();
  expect(told.at(-1)).toBe('last');
  expect(door.tell(gone.signal, waiting('late'))).toBeUndefined();
  expect(told.at(-1)).toBe('late: enough');
});
