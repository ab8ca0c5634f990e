/** What every notifier must keep to, whatever its channel: the contract of the seam as tests. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError, failureOf } from '../../src/core/failure.ts';
import type { Notice } from '../../src/core/notice.ts';
import type { Notifier } from '../../src/core/seams.ts';
import { sendOnce } from '../../src/tell/deliver.ts';
import { closing, hostileNotice, noticeOf, opening } from '../support/notices.ts';

/** How the other side goes wrong. `echo`: it refuses, and repeats all it was sent. */
export type ReceiverFault = 'throttled' | 'broken' | 'unavailable' | 'reset' | 'refused' | 'denied' | 'echo' | 'hang';

/** A notifier with who receives it, under the test's control. */
export interface NotifierSubject extends AsyncDisposable {
  readonly notifier: Notifier;
  /** Takes only what opens or closes an incident. */
  readonly incidents: boolean;
  /** Texts that may stand in no error. */
  readonly secrets: readonly string[];
  fault(fault: ReceiverFault | undefined): void;
  /** Everything that was received, as it is shown to a person or read by a program; throws where it is not as documented. */
  checked(): Promise<readonly string[]>;
  /** Requests or connections that were made. */
  attempts(): number;
}

const RETRYABLE: readonly ReceiverFault[] = ['throttled', 'broken', 'unavailable', 'reset'];
const FINAL: readonly ReceiverFault[] = ['refused', 'denied', 'echo'];

const never = new AbortController().signal;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HOSTILE = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

export function notifierContract(kind: string, start: () => Promise<NotifierSubject>): void {
  describe(`notifier ${kind}`, () => {
    let subject: NotifierSubject;
    beforeEach(async () => {
      subject = await start();
    });
    afterEach(() => subject[Symbol.asyncDispose]());

    /** One it takes. */
    const usual = (): Notice => (subject.incidents ? opening() : noticeOf());
    const failing = async (work: Promise<unknown>): Promise<FailureError> => {
      const error: unknown = await work.then(
        () => 'it was sent',
        (reason: unknown) => reason,
      );
      if (!(error instanceof FailureError)) throw new Error(`no FailureError: ${inspect(error)}`);
      return error;
    };

    test('says what there is to say, in the form its channel documents', async () => {
      const notice = usual();
      await subject.notifier.send(notice, never);
      const [told] = await subject.checked();
      expect(told).toContain(notice.title.split(',')[0]);
      if (kind !== 'sns') expect(told).toContain('errors 244.8, requests 6000');
    });

    test('takes an incident from its beginning to its end', async () => {
      await subject.notifier.send(opening(), never);
      await subject.notifier.send(closing(), never);
      expect((await subject.checked()).length).toBe(2);
    });

    test.each(RETRYABLE)('%s: another try may help', async (fault) => {
      subject.fault(fault);
      const { failure } = await failing(subject.notifier.send(usual(), never));
      expect({ fault, ...failure }).toMatchObject({ fault, retryable: true });
      // It does not try again by itself.
      expect(subject.attempts()).toBe(1);
      subject.fault(undefined);
      await subject.notifier.send(usual(), never);
    });

    test.each(FINAL)('%s: no other try helps', async (fault) => {
      subject.fault(fault);
      const { failure } = await failing(subject.notifier.send(usual(), never));
      expect({ fault, ...failure }).toMatchObject({ fault, retryable: false });
      expect(subject.attempts()).toBe(1);
    });

    test('no answer: the time limit holds, and another try may help', async () => {
      subject.fault('hang');
      const begun = performance.now();
      const { failure } = await failing(sendOnce(subject.notifier, usual(), 300, never));
      expect(failure).toMatchObject({ reason: 'timeout', retryable: true });
      expect(performance.now() - begun).toBeLessThan(2_000);
    });

    test('one that is given up ends at once, before it is sent and while it hangs', async () => {
      const early = await failing(subject.notifier.send(usual(), AbortSignal.abort()));
      expect(early.failure).toMatchObject({ reason: 'aborted', retryable: false });
      subject.fault('hang');
      const leaving = new AbortController();
      const work = failing(subject.notifier.send(usual(), leaving.signal));
      setTimeout(() => leaving.abort(), 150);
      const begun = performance.now();
      expect((await work).failure).toMatchObject({ reason: 'aborted', retryable: false });
      expect(performance.now() - begun).toBeLessThan(2_000);
    });

    test('no error holds a secret, also when the other side repeats it', async () => {
      for (const fault of [...RETRYABLE, ...FINAL]) {
        subject.fault(fault);
        const error = await failing(subject.notifier.send(usual(), never));
        const told = [
          inspect(error, { depth: 12 }),
          error.stack,
          JSON.stringify(error.failure),
          inspect(failureOf(error)),
        ];
        for (const secret of subject.secrets) expect(told.join('\n')).not.toContain(secret);
      }
      expect(subject.secrets.length).toBeGreaterThan(kind === 'sns' || kind === 'eventbridge' ? -1 : 0);
      expect(inspect(subject.notifier, { depth: 12 })).not.toContain(subject.secrets[0] ?? 'nothing');
    });

    test('whatever others wrote is cut, escaped, and in the documented form', async () => {
      const incident = { action: 'open', key: `deployment/${'k'.repeat(3_000)}` } as const;
      await subject.notifier.send(hostileNotice({ incident }), never);
      const [told] = await subject.checked();
      expect(told).toBeDefined();
      expect(told).not.toMatch(HOSTILE);
      expect((told ?? '').length).toBeLessThan(100_000);
      expect(told).not.toContain('javascript:');
    });

    test('what is not ASCII arrives as it is', async () => {
      const title = 'Prüfung 日本語 🚀 rückgängig';
      await subject.notifier.send({ ...usual(), title }, never);
      expect((await subject.checked()).join('\n')).toContain(title);
    });

    test('it can be let go of at any time', async () => {
      await subject.notifier.send(usual(), never);
      subject.notifier.close?.();
      subject.notifier.close?.();
    });
  });
}
