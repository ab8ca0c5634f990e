/** What every trigger must keep to: the contract of the seam as tests. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { Trigger } from '../../src/core/seams.ts';
import type { Instant } from '../../src/core/time.ts';
import { deploymentAt } from '../support/deployment.ts';

type TriggerFault = 'throttled' | 'broken' | 'refused' | 'garbage' | 'hang';

/** A trigger with what it listens to, under the test's control. */
export interface TriggerSubject<Options> extends AsyncDisposable {
  readonly trigger: Trigger<Options>;
  readonly options: Options;
  /** Its first opinion comes from here; named in every failure. */
  readonly operation: string;
  ring(since: Instant): void;
  quiet(since: Instant): void;
  /** What it listens to does not exist. */
  vanish(): void;
  fail(fault: TriggerFault): void;
}

const START = Date.UTC(2026, 10, 22, 12);
const NOW = START + 600_000;
const FAULTS: readonly TriggerFault[] = ['throttled', 'broken', 'refused', 'garbage'];

export function triggerContract<Options>(kind: string, start: () => Promise<TriggerSubject<Options>>): void {
  describe(`trigger ${kind}`, () => {
    let subject: TriggerSubject<Options>;
    beforeEach(async () => {
      subject = await start();
    });
    afterEach(() => subject[Symbol.asyncDispose]());

    const check = (preExisting: 'ignore' | 'stop' = 'ignore', signal = new AbortController().signal) =>
      subject.trigger.check(subject.options, { deployment: deploymentAt(START), now: NOW, preExisting }, signal);

    test('quiet is healthy, ringing since the start is a breach, each with a reason', async () => {
      subject.quiet(START - 1_000);
      const healthy = await check();
      expect(healthy.kind).toBe('healthy');
      expect(healthy.because).not.toBe('');
      subject.ring(START + 1_000);
      const breached = await check();
      expect(breached.kind).toBe('breached');
      expect(breached.because).not.toBe('');
    });

    test('ringing since before the start counts only when the policy says so', async () => {
      subject.ring(START - 1_000);
      expect((await check('ignore')).kind).toBe('inconclusive');
      expect((await check('stop')).kind).toBe('breached');
    });

    test('evidence can be written down', async () => {
      subject.ring(START + 1_000);
      const verdict = await check();
      expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
    });

    test('what does not exist is never healthy', async () => {
      subject.vanish();
      const error = await check().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ failure: { reason: 'not-found', retryable: false } });
    });

    test.each(FAULTS)('%s: a FailureError that names the operation', async (fault) => {
      subject.fail(fault);
      const error = await check().catch((reason: unknown) => reason);
      if (!(error instanceof FailureError)) throw new Error(`expected a FailureError, got ${String(error)}`);
      expect(error.failure.message).toContain(subject.operation);
      subject.quiet(START - 1_000);
      expect((await check()).kind).toBe('healthy');
    });

    test('an aborted question ends at once', async () => {
      subject.fail('hang');
      const leaving = new AbortController();
      const work = check('ignore', leaving.signal).catch((reason: unknown) => reason);
      setTimeout(() => leaving.abort(), 50);
      expect(await work).toMatchObject({ failure: { reason: 'aborted' } });
    });
  });
}
