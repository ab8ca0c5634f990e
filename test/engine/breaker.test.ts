/** The circuit breaker: how many stops it lets pass, when it trips, what closes it, and what a journal gives back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { circuitBreaker } from '../../src/engine/breaker.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { deploymentAt } from '../support/deployment.ts';

const MINUTE = 60_000;
const LIMITS = { stops: 2, per: 10 * MINUTE };

function numbered(number: number): Deployment {
  const base = deploymentAt(0);
  return { ...base, ref: { ...base.ref, number } };
}

function breakerAt(history: readonly WatchdogEvent[] = [], limits = LIMITS) {
  const clock = drivenClock(100 * MINUTE);
  const events: WatchdogEvent[] = [];
  const breaker = circuitBreaker(limits, clock, (event) => events.push(event));
  for (const event of history) breaker.restore(event);
  return { breaker, clock, events, admit: (number: number) => breaker.admit(numbered(number)) };
}

test('what tripped it is told by the limits of now, when a reload has tightened them', async () => {
  const { admit, breaker, clock, events } = breakerAt();
  expect(admit(1)).toBe(true);
  await clock.advance(5 * MINUTE);
  expect(admit(2)).toBe(true);
  breaker.setLimits({ stops: 1, per: 2 * MINUTE });
  expect(admit(3)).toBe(false);
  expect(events).toMatchObject([{ kind: 'circuit-opened', stops: 2, within: 2 * MINUTE }]);
});

test('as many as the limit pass; one more trips it, told once, and none passes any more', () => {
  const { admit, breaker, events } = breakerAt();
  expect([admit(1), admit(2), admit(3), admit(4)]).toEqual([true, true, false, false]);
  expect(breaker.state()).toBe('open');
  expect(events).toEqual([{ kind: 'circuit-opened', at: 100 * MINUTE, stops: 3, within: 10 * MINUTE }]);
});

test('one that was admitted before is admitted again and does not count, also while it is open', () => {
  const { admit, breaker } = breakerAt();
  expect([admit(1), admit(1), admit(1), admit(2)]).toEqual([true, true, true, true]);
  expect(admit(3)).toBe(false);
  expect(breaker.state()).toBe('open');
  expect(admit(1)).toBe(true);
  expect(admit(4)).toBe(false);
});

test('stops older than the stretch do not count', async () => {
  const { admit, clock } = breakerAt();
  expect([admit(1), admit(2)]).toEqual([true, true]);
  await clock.advance(10 * MINUTE);
  expect([admit(3), admit(4), admit(5)]).toEqual([true, true, false]);
});

test('an open circuit does not close by itself', async () => {
  const { admit, clock, breaker } = breakerAt();
  for (const number of [1, 2, 3]) admit(number);
  await clock.advance(24 * 60 * MINUTE);
  expect(breaker.state()).toBe('open');
  expect(admit(4)).toBe(false);
});

test('a person closes it, on record, and what tripped it is forgiven', () => {
  const { admit, breaker, events } = breakerAt();
  for (const number of [1, 2, 3]) admit(number);
  expect(breaker.resume('ada', 'looked into it')).toBe(true);
  expect(breaker.resume('ada', 'again')).toBe(false);
  expect(events.at(-1)).toEqual({ kind: 'circuit-closed', at: 100 * MINUTE, by: 'ada', reason: 'looked into it' });
  expect([admit(3), admit(4), admit(5)]).toEqual([true, true, false]);
});

test('new limits hold from the next stop on', () => {
  const { admit, breaker } = breakerAt();
  expect([admit(1), admit(2)]).toEqual([true, true]);
  breaker.setLimits({ ...LIMITS, stops: 3 });
  expect([admit(3), admit(4)]).toEqual([true, false]);
});

function requested(number: number, at: number, by: 'policy' | 'operator' = 'policy'): WatchdogEvent {
  const actor = by === 'policy' ? { kind: by, policy: 'p' } : { kind: by, name: 'ada', reason: 'by hand' };
  const { ref: deployment } = numbered(number);
  return { kind: 'stop-requested', at, deployment, by: actor, because: [], allowRevert: false, resumes: false };
}

describe('from the journal', () => {
  test('the stops of a former life count, each once', () => {
    const at = 99 * MINUTE;
    const { admit } = breakerAt([requested(1, at), requested(1, at + 1)]);
    expect([admit(1), admit(2), admit(3)]).toEqual([true, true, false]);
  });

  test('old ones do not, and a person stopping by hand never does', () => {
    const { admit } = breakerAt([requested(1, 10 * MINUTE), requested(2, 99 * MINUTE, 'operator')]);
    expect([admit(3), admit(4), admit(5)]).toEqual([true, true, false]);
  });

  test('open stays open, closed again is closed', () => {
    const opened: WatchdogEvent = { kind: 'circuit-opened', at: 50 * MINUTE, stops: 3, within: 10 * MINUTE };
    const closed: WatchdogEvent = { kind: 'circuit-closed', at: 51 * MINUTE, by: 'ada', reason: 'fine' };
    expect(breakerAt([opened]).breaker.state()).toBe('open');
    expect(breakerAt([opened, closed]).breaker.state()).toBe('closed');
    expect(breakerAt([opened, closed, opened]).breaker.state()).toBe('open');
  });
});

test('however they come, no stretch ever holds more new stops than the limit', async () => {
  const step = fc.record({ number: fc.integer({ min: 1, max: 12 }), wait: fc.integer({ min: 0, max: 5 * MINUTE }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, stops) => {
      const { admit, clock, breaker } = breakerAt([], { ...LIMITS, stops });
      const first = new Map<number, number>();
      for (const { number, wait } of steps) {
        await clock.advance(wait);
        if (admit(number) && !first.has(number)) first.set(number, clock.now());
        const recent = [...first.values()].filter((at) => at > clock.now() - LIMITS.per);
        expect(recent.length).toBeLessThanOrEqual(stops);
        if (breaker.state() === 'open') expect(recent.length).toBeLessThanOrEqual(stops);
      }
    }),
    { numRuns: 50 },
  );
});
