/** The stopper against a scripted AppConfig: what each sequence of answers leads to. */
import { describe, expect, test } from 'vitest';
import { type StopRequest, stopDeployment } from '../../src/appconfig/stop.ts';
import type { FailureReason } from '../../src/core/failure.ts';
import { drivenClock, turns } from '../../src/lib/clock.ts';
import { deploymentAt } from '../support/deployment.ts';
import { model, type Script } from './support/model.ts';
import { LIMITS, NOW, run } from './support/run.ts';

const MINUTE = 60_000;
const QUICK = { rollback: 20_000 };

interface Row {
  readonly title: string;
  readonly script: Script;
  readonly change?: Partial<StopRequest>;
  readonly outcome: object;
  /** AllowRevert of each call. */
  readonly calls: readonly boolean[];
  readonly kinds: readonly string[];
}

const [ASKED, FAILED, ANSWERED, SETTLED] = ['stop-requested', 'stop-attempt-failed', 'stop-answered', 'stop-settled'];

const TABLE: readonly Row[] = [
  {
    title: 'taken at once',
    script: { stops: [], ...QUICK },
    outcome: { kind: 'rolled-back', attempts: 1 },
    calls: [false],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
  {
    title: 'a baking one takes AllowRevert at once',
    script: { stops: [], ...QUICK, bakesAt: NOW - MINUTE, strict: true },
    outcome: { kind: 'rolled-back', attempts: 1 },
    calls: [true],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
  {
    title: 'one that begins to bake in the race takes AllowRevert at the second try',
    script: { stops: [], ...QUICK, bakesAt: NOW + 50, strict: true },
    outcome: { kind: 'rolled-back', attempts: 2 },
    calls: [false, true],
    kinds: [ASKED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'one that completes in the race is reverted',
    script: { stops: [], ...QUICK, completesAt: NOW + 50 },
    outcome: { kind: 'reverted', attempts: 2 },
    calls: [false, true],
    kinds: [ASKED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'a revert that takes its time is waited for',
    script: { stops: [], ...QUICK, completesAt: NOW + 50, revertShows: 30_000 },
    outcome: { kind: 'reverted', attempts: 2 },
    calls: [false, true],
    kinds: [ASKED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'one that was accepted and still runs a minute later is asked for again',
    script: { stops: [], ...QUICK, ignores: 1 },
    outcome: { kind: 'rolled-back', attempts: 2 },
    calls: [false, false],
    kinds: [ASKED, ANSWERED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'one that was accepted and completes all the same is reverted',
    script: { stops: [], ...QUICK, ignores: 1, completesAt: NOW + 30_000 },
    outcome: { kind: 'reverted', attempts: 2 },
    calls: [false, true],
    kinds: [ASKED, ANSWERED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'one that was accepted and completes all the same stays complete when the policy does not revert',
    script: { stops: [], ...QUICK, ignores: 1, completesAt: NOW + 30_000 },
    change: { allowRevert: false },
    outcome: { kind: 'already-over', state: 'COMPLETE', attempts: 1 },
    calls: [false],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
  {
    title: 'one that completes in the race stays complete when the policy does not revert',
    script: { stops: [], ...QUICK, completesAt: NOW + 50 },
    change: { allowRevert: false },
    outcome: { kind: 'already-over', state: 'COMPLETE', attempts: 1 },
    calls: [false],
    kinds: [ASKED, FAILED, SETTLED],
  },
  {
    title: 'one that completed long ago is left alone by a policy',
    script: { stops: [], ...QUICK, completesAt: NOW - 10 * MINUTE },
    outcome: { kind: 'already-over', state: 'COMPLETE', attempts: 1 },
    calls: [false],
    kinds: [ASKED, FAILED, SETTLED],
  },
  {
    title: 'one that completed long ago is reverted when a person asks for it',
    script: { stops: [], ...QUICK, completesAt: NOW - 10 * MINUTE },
    change: { revertCompleted: true },
    outcome: { kind: 'reverted', attempts: 1 },
    calls: [true],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
  {
    title: 'one that completed after an earlier decision is reverted',
    script: { stops: [], ...QUICK, completesAt: NOW - 10 * MINUTE },
    change: { resume: true, since: NOW - 11 * MINUTE },
    outcome: { kind: 'reverted', attempts: 1 },
    calls: [true],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
  {
    title: 'one that completed before the earlier decision is not',
    script: { stops: [], ...QUICK, completesAt: NOW - 30 * MINUTE },
    change: { resume: true, since: NOW - 11 * MINUTE },
    outcome: { kind: 'already-over', state: 'COMPLETE', attempts: 0 },
    calls: [],
    kinds: [ASKED, SETTLED],
  },
  {
    title: 'one that completed longer ago than AppConfig reverts is over',
    script: { stops: [], ...QUICK, completesAt: NOW - 73 * 60 * MINUTE },
    change: { resume: true, since: NOW - 74 * 60 * MINUTE },
    outcome: { kind: 'already-over', state: 'COMPLETE', attempts: 0 },
    calls: [],
    kinds: [ASKED, SETTLED],
  },
  {
    title: 'a lost answer is our rollback all the same',
    script: { stops: ['lost'], ...QUICK },
    outcome: { kind: 'rolled-back', attempts: 2 },
    calls: [false, false],
    kinds: [ASKED, FAILED, FAILED, SETTLED],
  },
  {
    title: 'an alarm that was faster is not ours',
    script: { stops: [], ...QUICK, rolledBackByAlarmAt: NOW + 50 },
    outcome: { kind: 'already-over', state: 'ROLLED_BACK', attempts: 1 },
    calls: [false],
    kinds: [ASKED, FAILED, SETTLED],
  },
  {
    title: 'an alarm that rolled back after an answer was lost is not ours',
    script: { stops: ['timeout'], ...QUICK, rolledBackByAlarmAt: NOW + 200 },
    outcome: { kind: 'already-over', state: 'ROLLED_BACK', attempts: 2 },
    calls: [false, false],
    kinds: [ASKED, FAILED, FAILED, SETTLED],
  },
  {
    title: 'a resumed stop that is rolling back is followed without a call',
    script: { stops: [], ...QUICK, rollback: 40_000, rolledBackByAlarmAt: NOW - 1_000 },
    change: { resume: true },
    outcome: { kind: 'already-over', state: 'ROLLED_BACK', attempts: 0 },
    calls: [],
    kinds: [ASKED, SETTLED],
  },
  {
    title: 'a resumed stop of one that cannot be read is tried all the same',
    script: { stops: [], looks: ['auth'], ...QUICK },
    change: { resume: true },
    outcome: { kind: 'rolled-back', attempts: 1 },
    calls: [false],
    kinds: [ASKED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'a refusal that cannot be looked into is tried again',
    script: { stops: [], looks: ['unavailable'], ...QUICK, completesAt: NOW + 50 },
    outcome: { kind: 'reverted', attempts: 3 },
    calls: [false, false, true],
    kinds: [ASKED, FAILED, FAILED, ANSWERED, SETTLED],
  },
  {
    title: 'a rollback that cannot be read for a while is followed on',
    script: { stops: [], looks: ['unavailable', 'timeout', 'auth', 'not-found', 'throttled'], ...QUICK },
    outcome: { kind: 'rolled-back', attempts: 1 },
    calls: [false],
    kinds: [ASKED, ANSWERED, SETTLED],
  },
];

test.each(TABLE)('$title', async ({ script, change, outcome, calls, kinds }) => {
  const ran = await run(script, change);
  expect(ran.outcome).toEqual(outcome);
  expect(ran.model.calls.map(({ allowRevert }) => allowRevert)).toEqual(calls);
  expect(ran.kinds()).toEqual(kinds);
});

describe('failures', () => {
  test.each(['throttled', 'timeout', 'network', 'unavailable', 'malformed'] as FailureReason[])(
    '%s is tried again, with growing waits',
    async (reason) => {
      const ran = await run({ stops: [reason, reason, reason, reason], ...QUICK });
      expect(ran.outcome).toEqual({ kind: 'rolled-back', attempts: 5 });
      const waits = ran.events.flatMap((event) => (event.kind === 'stop-attempt-failed' ? [event.retryIn] : []));
      expect(waits).toEqual([250, 500, 1_000, 2_000]);
    },
  );

  test.each(['auth', 'not-found', 'internal', 'aborted'] as FailureReason[])('%s fails at once', async (reason) => {
    const ran = await run({ stops: Array.from({ length: 99 }, () => reason), ...QUICK });
    expect(ran.outcome).toMatchObject({ kind: 'failed', attempts: 1, failure: { reason } });
    expect(ran.kinds()).toEqual([ASKED, FAILED, 'stop-failed']);
  });

  test('a stop that is accepted again and again and comes to nothing is told when its deadline is over', async () => {
    const { outcome, model: made, kinds } = await run({ stops: [], ...QUICK, ignores: 100 });
    expect(outcome.kind).toBe('failed');
    expect(kinds().slice(-2)).toEqual(['stop-overdue', 'stop-failed']);
    // Once a minute for the ten minutes of the deadline.
    expect(made.calls.length).toBeGreaterThanOrEqual(9);
    expect(made.calls.length).toBeLessThanOrEqual(11);
  });

  test('the budget ends the tries, and the last failure is told', async () => {
    const ran = await run({ stops: Array.from({ length: 99 }, () => 'unavailable' as const), ...QUICK });
    expect(ran.outcome).toMatchObject({ kind: 'failed', failure: { reason: 'unavailable' } });
    expect(ran.took).toBeLessThanOrEqual(LIMITS.budget + 1_000);
    expect(ran.took).toBeGreaterThan(LIMITS.budget - 21_000);
    const last = ran.events.filter((event) => event.kind === 'stop-attempt-failed').at(-1);
    expect(last).toMatchObject({ willRetry: false, attempt: ran.outcome.attempts });
  });

  test('the longest wait is bounded, whatever the dice say', async () => {
    const ran = await run({ stops: Array.from({ length: 99 }, () => 'throttled' as const), ...QUICK }, {}, () => 0.999);
    const waits = ran.events.flatMap((event) => (event.kind === 'stop-attempt-failed' ? [event.retryIn ?? 0] : []));
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_000);
  });

  test('a rollback past its deadline is told as overdue, and fails as timeout', async () => {
    const ran = await run({ stops: [], rollback: 20 * MINUTE });
    expect(ran.kinds()).toEqual([ASKED, ANSWERED, 'stop-overdue', 'stop-failed']);
    expect(ran.outcome).toMatchObject({ kind: 'failed', failure: { reason: 'timeout', retryable: true } });
    expect(ran.events[2]).toMatchObject({ state: 'ROLLING_BACK', waited: LIMITS.deadline });
  });

  test('one that stays COMPLETE after an accepted stop is told so, after a while', async () => {
    const ran = await run({ stops: [], ...QUICK, completesAt: NOW + 50, revertShows: 30 * MINUTE });
    expect(ran.outcome).toEqual({ kind: 'already-over', state: 'COMPLETE', attempts: 2 });
    expect(ran.took).toBeGreaterThanOrEqual(MINUTE);
  });
});

test('aborted, it rejects with the reason and leaves the record without an end', async () => {
  const clock = drivenClock(NOW, () => turns(2));
  const made = model({ stops: [], rollback: 60_000 }, clock, NOW - MINUTE);
  const kinds: string[] = [];
  const ending = new AbortController();
  const request: StopRequest = {
    deployment: deploymentAt(NOW - MINUTE),
    by: { kind: 'policy', policy: 'p' },
    because: [],
    allowRevert: true,
  };
  const record = ({ kind }: { kind: string }) => void kinds.push(kind);
  const stopped = stopDeployment(
    request,
    { port: made.port, clock, random: () => 0.5, limits: LIMITS, record },
    ending.signal,
  );
  const rejected = expect(stopped).rejects.toThrow('shutting down');
  await clock.advance(10_000);
  ending.abort(new Error('shutting down'));
  await rejected;
  expect(kinds).toEqual([ASKED, ANSWERED]);
});
