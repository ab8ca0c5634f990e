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
  ring(since: Instant): void;
  quiet(since: Instant): void;
}

/** One that asks somebody, who may not answer; the others are told. */
export interface AskingTriggerSubject<Options> extends TriggerSubject<Options> {
  /** Its first opinion comes from here; named in every failure. */
  readonly operation: string;
  /** What it listens to does not exist. */
  vanish(): void;
  fail(fault: TriggerFault): void;
}

const START = Date.UTC(2026, 10, 22, 12);
const NOW = START + 600_000;
const FAULTS: readonly TriggerFault[] = ['throttled', 'broken', 'refused', 'garbage'];

/** The subject of the test that runs, and a question to it. */
function each<Options, Subject extends TriggerSubject<Options>>(start: () => Promise<Subject>) {
  let subject: Subject | undefined;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject?.[Symbol.asyncDispose]());
  const current = (): Subject => {
    if (subject === undefined) throw new Error('no test runs');
    return subject;
  };
  const check = (preExisting: 'ignore' | 'stop' = 'ignore', signal = new AbortController().signal) => {
    const { trigger, options } = current();
    return trigger.check(options, { deployment: deploymentAt(START), now: NOW, preExisting }, signal);
  };
  return { current, check };
}

export function triggerContract<Options>(kind: string, start: () => Promise<TriggerSubject<Options>>): void {
  describe(`trigger ${kind}`, () => {
    const { current, check } = each(start);

    test('quiet is healthy, ringing since the start is a breach, each with a reason', async () => {
      current().quiet(START - 1_000);
      const healthy = await check();
      expect(healthy.kind).toBe('healthy');
      expect(healthy.because).not.toBe('');
      current().ring(START + 1_000);
      const breached = await check();
      expect(breached.kind).toBe('breached');
      expect(breached.because).not.toBe('');
    });

    test('ringing since before the start counts only when the policy says so', async () => {
      current().ring(START - 1_000);
      expect((await check('ignore')).kind).toBe('inconclusive');
      expect((await check('stop')).kind).toBe('breached');
    });

    test('evidence can be written down', async () => {
      current().ring(START + 1_000);
      const verdict = await check();
      expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
    });
  });
}

export function askingTriggerContract<Options>(
  kind: string,
  start: () => Promise<AskingTriggerSubject<Options>>,
): void {
  triggerContract(kind, start);
  describe(`trigger ${kind}, which asks somebody`, () => {
    const { current, check } = each(start);

    test('what does not exist is never healthy', async () => {
      current().vanish();
      const error = await check().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ failure: { reason: 'not-found', retryable: false } });
    });

    test.each(FAULTS)('%s: a FailureError that names the operation', async (fault) => {
      current().fail(fault);
      const error = await check().catch((reason: unknown) => reason);
      if (!(error instanceof FailureError)) throw new Error(`expected a FailureError, got ${String(error)}`);
      expect(error.failure.message).toContain(current().operation);
      current().quiet(START - 1_000);
      expect((await check()).kind).toBe('healthy');
    });

    test('an aborted question ends at once', async () => {
      current().fail('hang');
      const leaving = new AbortController();
      const work = check('ignore', leaving.signal).catch((reason: unknown) => reason);
      setTimeout(() => leaving.abort(), 50);
      expect(await work).toMatchObject({ failure: { reason: 'aborted' } });
    });
  });
}
