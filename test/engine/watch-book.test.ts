/** The book of watches: what is told is recorded and folded, what is noted or restored is folded only. */
import { expect, test } from 'vitest';
import type { WatchdogEvent, WatchEvent } from '../../src/core/event.ts';
import { watchBook } from '../../src/engine/watch-book.ts';
import { deploymentAt } from '../support/deployment.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const snapshot = deploymentAt(NOW);

function discovered(policy: string, number = 12, target = 'main'): WatchEvent {
  const ref = { ...snapshot.ref, number, target };
  const watch = { deployment: ref, policy };
  return {
    kind: 'deployment-discovered',
    at: NOW,
    watch,
    mode: 'enforce',
    snapshot: { ...snapshot, ref },
    rules: ['r'],
  };
}

function judged(kind: 'healthy' | 'breached', policy = 'a'): WatchEvent {
  const watch = { deployment: snapshot.ref, policy };
  return { kind: 'rule-judged', at: NOW + 1, watch, rule: 'r', verdict: { kind, because: 'so' } };
}

function bookWith(...events: readonly WatchEvent[]) {
  const recorded: WatchdogEvent[] = [];
  const book = watchBook((event) => recorded.push(event));
  for (const event of events) book.tell(event);
  return { book, recorded };
}

test('what is told is on record before it is folded', () => {
  const order: string[] = [];
  const book = watchBook((event) => order.push(`${event.kind}, ${book.all().length} watches`));
  book.tell(discovered('a'));
  expect(order).toEqual(['deployment-discovered, 0 watches']);
  expect(book.all()).toHaveLength(1);
});

test('what is noted or restored is folded and not on record', () => {
  const { book, recorded } = bookWith(discovered('a'));
  book.note(judged('breached'));
  book.restore(discovered('b'));
  expect(recorded).toHaveLength(1);
  expect(book.get(snapshot.ref, 'a')?.rules.r?.verdict?.kind).toBe('breached');
  expect(book.get(snapshot.ref, 'b')?.phase).toBe('watching');
});

test('watches are found by deployment, and deployments by target, each once', () => {
  const { book } = bookWith(discovered('a'), discovered('b'), discovered('a', 13), discovered('a', 1, 'other'));
  expect(book.of(snapshot.ref).map((watch) => watch.ref.policy)).toEqual(['a', 'b']);
  expect(book.deployments('main').map((deployment) => deployment.ref.number)).toEqual([12, 13]);
  expect(book.deployments('other').map((deployment) => deployment.ref.number)).toEqual([1]);
  expect(book.deployments('none')).toEqual([]);
});

test('what was watched is known when nobody watches it any more, and so is what was closed off without a watch', () => {
  const { book } = bookWith(discovered('a'));
  const watch = { deployment: snapshot.ref, policy: 'a' };
  const known = () => [book.has(snapshot.ref), book.isKnown(snapshot.ref)];
  expect(known()).toEqual([true, true]);
  book.tell({ kind: 'watch-released', at: NOW, watch, because: 'over', finalState: 'COMPLETE', unjudged: [] });
  expect(known()).toEqual([false, true]);
  const other = { ...snapshot.ref, number: 13 };
  expect(book.isKnown(other)).toBe(false);
  book.closeOff(other);
  expect([book.has(other), book.isKnown(other)]).toEqual([false, true]);
});

test('a released watch is gone, and the deployment with its last one', () => {
  const { book } = bookWith(discovered('a'), discovered('b'));
  const release = (policy: string): WatchEvent => {
    const watch = { deployment: snapshot.ref, policy };
    return { kind: 'watch-released', at: NOW + 2, watch, because: 'over', finalState: 'COMPLETE', unjudged: [] };
  };
  book.tell(release('a'));
  expect(book.get(snapshot.ref, 'a')).toBeUndefined();
  expect(book.of(snapshot.ref).map((watch) => watch.ref.policy)).toEqual(['b']);
  book.tell(release('b'));
  expect(book.of(snapshot.ref)).toEqual([]);
  expect(book.all()).toEqual([]);
  // One that begins anew knows nothing of the former.
  book.tell(discovered('a'));
  expect(book.get(snapshot.ref, 'a')?.rules).toEqual({ r: { rule: 'r', told: false } });
});

test('an event of a watch that does not exist makes none', () => {
  const { book } = bookWith(judged('healthy'));
  expect(book.all()).toEqual([]);
});
