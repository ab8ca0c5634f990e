/** Sends one notice: a time limit that holds whatever the notifier does, and tries again where that may help. */
import pRetry from 'p-retry';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Notice } from '../core/notice.ts';
import type { Notifier } from '../core/seams.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import { linked } from '../lib/linked.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';

export interface DeliverOptions {
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
  /** Real milliseconds for one try. */
  readonly timeout: Duration;
  /** No try begins later than this after the notice came. */
  readonly giveUpAfter: Duration;
  /** Nothing is sent any more. */
  readonly closed: AbortSignal;
  /** The process ends: what waits for its next try makes it now, and no other. */
  readonly ending: AbortSignal;
  readonly onTry: (change: 1 | -1) => void;
}

export type Delivered =
  | { readonly ok: true; readonly attempts: number }
  | { readonly ok: false; readonly attempts: number; readonly failure: Failure };

const BACKOFF_FIRST: Duration = 1_000;
const BACKOFF_LONGEST: Duration = 60_000;

/** One try. The signal is the notifier's to heed; the time limit holds also when it does not. */
export async function sendOnce(
  notifier: Notifier,
  notice: Notice,
  timeout: Duration,
  signal: AbortSignal,
): Promise<void> {
  using either = linked(signal);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    either.abort(new Error('too late'));
  }, timeout);
  try {
    const sent = (async () => notifier.send(notice, either.signal))();
    await unlessAborted(sent, either.signal);
  } catch (error) {
    if (signal.aborted) throw new FailureError({ reason: 'aborted', retryable: false, message: 'given up' });
    if (!late) throw error;
    throw new FailureError({ reason: 'timeout', retryable: true, message: `no answer within ${timeout / 1_000} s` });
  } finally {
    clearTimeout(timer);
  }
}

/** Half of the exponential bound to all of it. */
function backoff(attempts: number, random: () => number): Duration {
  return (0.5 + random() / 2) * Math.min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** Math.min(20, attempts - 1));
}

/** `since`: when the notice came, in elapsed time. Never rejects. */
export async function deliver(notice: Notice, since: Duration, options: DeliverOptions): Promise<Delivered> {
  const { notifier, clock, random, timeout, giveUpAfter, closed, ending, onTry } = options;
  let attempts = 0;
  let last = false;
  const once = async () => {
    attempts++;
    last = ending.aborted;
    onTry(1);
    await sendOnce(notifier, notice, timeout, closed).finally(() => onTry(-1));
  };
  const again = async (error: unknown) => {
    const failure = failureOf(error);
    const wait = Math.max(failure.retryAfter ?? 0, backoff(attempts, random));
    const inTime = clock.elapsed() + wait <= since + giveUpAfter;
    if (!failure.retryable || last || !inTime || closed.aborted) return false;
    // Cut short when the process ends.
    await clock.sleep(wait, ending).catch(() => {});
    return !closed.aborted;
  };
  try {
    const shouldRetry = ({ error }: { readonly error: unknown }) => again(error);
    await pRetry(once, { retries: Number.POSITIVE_INFINITY, minTimeout: 0, shouldRetry });
    return { ok: true, attempts };
  } catch (error) {
    return { ok: false, attempts, failure: failureOf(error) };
  }
}
