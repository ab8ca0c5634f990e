/** What every source must keep to, whatever it asks: the contract of the seam as tests. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { Source } from '../../src/core/seams.ts';
import type { Duration, Instant } from '../../src/core/time.ts';
import type { DrivenClock } from '../../src/lib/clock.ts';

/** How the store behind a source goes wrong. */
export type StoreFault = 'throttled' | 'broken' | 'refused' | 'garbage' | 'half an answer' | 'hang';

/** A source with its store, under the test's control. */
export interface SourceSubject<Query> extends AsyncDisposable {
  readonly source: Source<Query>;
  readonly query: Query;
  readonly clock: DrivenClock;
  /** The store knows the present only, so that a history takes time: what the source saw, a period at a time. */
  readonly sampled?: true;
  /** From now on the store holds this value for the period that begins at `at`; undefined for none. */
  hold(value: (at: Instant) => number | undefined): void;
  fail(fault: StoreFault): void;
  /** Requests the store has seen. */
  requests(): number;
}

const SETTLE: Duration = 120_000;
const FAULTS: readonly StoreFault[] = ['throttled', 'broken', 'refused', 'garbage', 'half an answer'];

export function sourceContract<Query>(kind: string, start: () => Promise<SourceSubject<Query>>): void {
  describe(`source ${kind}`, () => {
    let subject: SourceSubject<Query>;
    beforeEach(async () => {
      subject = await start();
    });
    afterEach(() => subject[Symbol.asyncDispose]());

    const lastHalfHour = () => ({ from: subject.clock.now() - 1_800_000, to: subject.clock.now() });
    const ask = (window = lastHalfHour(), signal = new AbortController().signal) =>
      subject.source.query(subject.query, window, SETTLE, signal);

    test('points are aligned, ascending, inside the window, and settled when their time is over', async () => {
      subject.hold((at) => (at % 7 === 0 ? undefined : at % 100));
      await subject.clock.advance(17_000);
      for (let period = 0; subject.sampled && period < 20; period++) {
        await ask();
        await subject.clock.advance(subject.source.period(subject.query));
      }
      const window = lastHalfHour();
      const series = await ask(window);
      expect(series.period).toBe(subject.source.period(subject.query));
      // Where in its period that lies says nothing: one is settled when it is over for so long.
      const periodsOver = (until: number) => Math.floor(until / series.period);
      expect(periodsOver(series.settledUntil)).toBe(periodsOver(subject.clock.now() - SETTLE));
      expect(series.points.length).toBeGreaterThan(10);
      expect(series.from).toBeGreaterThanOrEqual(window.from);
      let before = Number.NEGATIVE_INFINITY;
      for (const { at, value, settled } of series.points) {
        expect(at).toBeGreaterThan(before);
        before = at;
        expect(at % series.period).toBe(0);
        expect(at).toBeGreaterThanOrEqual(series.from);
        expect(at).toBeLessThan(window.to);
        expect(Number.isFinite(value)).toBe(true);
        expect(settled).toBe(at + series.period <= series.settledUntil);
        if (!series.growing) expect(at + series.period).toBeLessThanOrEqual(subject.clock.now());
      }
    });

    test('what is missing stays missing', async () => {
      subject.hold(() => undefined);
      expect((await ask()).points).toEqual([]);
    });

    test.each(FAULTS)('%s: a FailureError, never numbers, and nothing of it is kept', async (fault) => {
      subject.hold(() => 1);
      subject.fail(fault);
      const error = await ask().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(FailureError);
      subject.hold(() => 2);
      expect(new Set((await ask()).points.map(({ value }) => value))).toEqual(new Set([2]));
    });

    test('a failure after good numbers is a failure all the same', async () => {
      subject.hold(() => 1);
      await ask();
      subject.fail('broken');
      await subject.clock.advance(10 * subject.source.period(subject.query));
      await expect(ask()).rejects.toBeInstanceOf(FailureError);
    });

    test('an aborted question ends at once, before it is asked and while it hangs', async () => {
      const aborted = await ask(undefined, AbortSignal.abort()).catch((reason: unknown) => reason);
      expect(aborted).toMatchObject({ failure: { reason: 'aborted', retryable: false } });
      subject.fail('hang');
      const leaving = new AbortController();
      const work = ask(undefined, leaving.signal).catch((reason: unknown) => reason);
      setTimeout(() => leaving.abort(), 50);
      expect(await work).toMatchObject({ failure: { reason: 'aborted' } });
    });

    test('asking again before anything can be new asks the store nothing', async () => {
      subject.hold(() => 1);
      const first = await ask();
      const seen = subject.requests();
      expect(await ask()).toEqual(first);
      expect(subject.requests()).toBe(seen);
    });

    test('what is held is what it would answer, without a request, and nothing once something can be new', async () => {
      const held = () => subject.source.held?.(subject.query, lastHalfHour(), SETTLE);
      expect(held()).toBeUndefined();
      subject.hold(() => 1);
      const first = await ask();
      const seen = subject.requests();
      if (subject.source.held !== undefined) expect(held()).toEqual(first);
      expect(subject.requests()).toBe(seen);
      await subject.clock.advance(10 * subject.source.period(subject.query));
      expect(held()).toBeUndefined();
    });

    test('a window of nothing has no points', async () => {
      const now = subject.clock.now();
      expect((await ask({ from: now, to: now })).points).toEqual([]);
    });
  });
}
