/** One queue's loop on a driven clock: waits, faults that are told once, deleting, and the end. SQS itself is in test/real. */
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/core/alert.ts';
import { FailureError } from '../../src/core/failure.ts';
import { type DrivenClock, drivenClock, turns } from '../../src/lib/clock.ts';
import type { QueueClient, Received } from '../../src/queues/client.ts';
import { type QueueReport, type QueueRun, type SetAside, startQueue } from '../../src/queues/queue.ts';
import { readQueued } from '../../src/queues/read.ts';
import { fixture, NOW } from '../hooks/support/open.ts';

const throttled = () => new FailureError({ reason: 'throttled', retryable: true, message: 'slow down' });
const message = (body: string, times = 1, id = body.slice(0, 8)): Received => ({
  id,
  body,
  receipt: `receipt ${id}`,
  times,
});

/** A queue that gives what a test puts into it, and fails when told to: what moto cannot do. */
function stage(more: Partial<QueueRun> = {}) {
  const clock: DrivenClock = drivenClock(NOW);
  const told: QueueReport[] = [];
  const deleted: string[] = [];
  const taken: Delivery[] = [];
  const aside: SetAside[] = [];
  const waiting: Received[][] = [];
  const state = {
    receives: 0,
    failure: undefined as FailureError | undefined,
    keeps: undefined as FailureError | undefined,
  };
  let wake = () => {};
  const client: QueueClient = {
    async receive(signal) {
      state.receives++;
      if (state.failure !== undefined) throw state.failure;
      const next = waiting.shift();
      if (next !== undefined) return next;
      // Held back until there is a message, as SQS does.
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      return waiting.shift() ?? [];
    },
    async delete(receipts) {
      if (state.keeps !== undefined) throw state.keeps;
      deleted.push(...receipts);
    },
    destroy: () => {},
  };
  const queue = startQueue({
    name: 'alarms',
    client,
    clock,
    random: () => 0.5,
    read: (body, arrival, signal) =>
      readQueued(body, { certificates: undefined, topics: undefined, origin: {} }, arrival, signal),
    accept: async (_queue, delivery) => void taken.push(delivery),
    onSetAside: async (one) => void aside.push(one),
    report: (report) => void told.push(report),
    ...more,
  });
  const bring = async (...messages: Received[]) => {
    waiting.push(messages);
    wake();
    await turns(20);
  };
  return { clock, told, deleted, taken, aside, state, queue, bring };
}

const ALARM = fixture('queue.alarm');

describe('a message', () => {
  test('is deleted when it is on record and not before', async () => {
    const record = Promise.withResolvers<void>();
    const { bring, deleted, queue } = stage({ accept: () => record.promise });
    await bring(message(ALARM));
    expect(deleted).toEqual([]);
    record.resolve();
    await turns(20);
    expect(deleted).toHaveLength(1);
    await queue.stop();
  });

  test('that is refused leaves the others to be taken and deleted', async () => {
    const { bring, deleted, taken, queue } = stage();
    await bring(
      message(ALARM, 1, 'good'),
      message('poison', 1, 'bad'),
      message(fixture('eventbridge.alarm'), 1, 'too'),
    );
    expect(deleted).toEqual(['receipt good', 'receipt too']);
    expect(taken).toHaveLength(2);
    await queue.stop();
  });

  test('that may be taken later is never given up, however often it came', async () => {
    const { bring, deleted, aside, told, queue } = stage({ accept: async () => Promise.reject(throttled()) });
    await bring(message(ALARM, 500));
    expect([deleted, aside]).toEqual([[], []]);
    expect(told).toMatchObject([{ kind: 'message', outcome: 'refused', because: 'slow down' }]);
    await queue.stop();
  });

  test('that cannot be set aside on record stays', async () => {
    const { bring, deleted, told, queue } = stage({ onSetAside: async () => Promise.reject(new Error('disk full')) });
    await bring(message('poison', 5));
    expect(deleted).toEqual([]);
    expect(told).toMatchObject([{ outcome: 'refused', because: 'it could not be set aside: disk full' }]);
    await queue.stop();
  });

  test.each([
    [4, 0],
    [5, 1],
  ])('that cannot be read the %ith time: set aside %i times', async (times, count) => {
    const { bring, aside, deleted, queue } = stage();
    await bring(message('poison', times));
    expect([aside.length, deleted.length]).toEqual([count, count]);
    await queue.stop();
  });
});

describe('a queue that cannot be read', () => {
  test('is told once, asked ever less often, and told when it can be read again', async () => {
    const { clock, told, state, bring, queue } = stage();
    state.failure = throttled();
    await bring();
    for (let second = 0; second < 600; second++) await clock.advance(1_000);
    expect(told).toMatchObject([{ kind: 'unreachable', failure: { reason: 'throttled' } }]);
    expect(state.receives).toBeLessThan(20);
    expect(state.receives).toBeGreaterThan(10);
    state.failure = undefined;
    await clock.advance(120_000);
    await bring(message(ALARM));
    expect(told.map(({ kind }) => kind)).toEqual(['unreachable', 'message', 'reachable']);
    state.failure = throttled();
    await bring();
    await clock.advance(1_000);
    expect(told.at(-1)?.kind).toBe('unreachable');
    await queue.stop();
  });

  test('or whose messages cannot be deleted is told as well', async () => {
    const { told, state, bring, queue } = stage();
    state.keeps = throttled();
    await bring(message(ALARM));
    expect(told.map(({ kind }) => kind)).toEqual(['message', 'unreachable']);
    await queue.stop();
  });
});

describe('the end', () => {
  test('ends a request and a wait at once', async () => {
    const waits = stage();
    await turns();
    await waits.queue.stop();
    const failing = stage();
    failing.state.failure = throttled();
    await failing.bring();
    await failing.queue.stop();
    expect(failing.told.map(({ kind }) => kind)).not.toContain('reachable');
  });

  test('waits for what is being put on record, and not for ever', async () => {
    const record = Promise.withResolvers<void>();
    const quick = stage({ accept: () => record.promise });
    await quick.bring(message(ALARM));
    const stopped = quick.queue.stop();
    record.resolve();
    await stopped;
    expect(quick.deleted).toHaveLength(1);
    const hanging = stage({ accept: () => new Promise(() => {}) });
    await hanging.bring(message(ALARM));
    const started = performance.now();
    await hanging.queue.stop();
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(hanging.deleted).toEqual([]);
  });
});
