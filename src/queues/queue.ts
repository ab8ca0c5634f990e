/** Fetches messages from one queue until it is stopped; each is deleted when it is on record, and not before. */
import type { Delivery } from '../core/alert.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import { plainText } from '../lib/text.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import type { QueueClient, Received } from './client.ts';

export interface SetAside {
  readonly queue: string;
  readonly reason: string;
  /** The message's text as plain text, cut when it is long. */
  readonly body: string;
}

export type QueueReport =
  | {
      readonly kind: 'message';
      readonly queue: string;
      readonly outcome: 'taken' | 'refused' | 'set-aside';
      readonly because: string;
    }
  /** Told once, when it begins. */
  | { readonly kind: 'unreachable'; readonly queue: string; readonly failure: Failure }
  | { readonly kind: 'reachable'; readonly queue: string };

export interface QueueRun {
  readonly name: string;
  readonly client: QueueClient;
  readonly clock: Clock;
  /** 0..1, for the spread of waits. */
  readonly random: () => number;
  readonly read: (body: string, arrival: Instant, signal: AbortSignal) => Promise<Delivery>;
  /** Resolves when the alerts are on record. */
  readonly accept: (queue: string, delivery: Delivery) => Promise<void>;
  /** Resolves when it is on record that a message was set aside; only then is it deleted. */
  readonly onSetAside: (message: SetAside) => Promise<void>;
  readonly report: (report: QueueReport) => void;
}

export interface RunningQueue {
  /** Ends a request that waits at once; resolves when what was fetched already is taken care of, or too slow at it. */
  stop(): Promise<void>;
}

/** What was refused so often will not be taken the next time. */
const MOST_TIMES = 5;
const LONGEST_BODY = 4_000;
const FIRST_WAIT: Duration = 1_000;
const LONGEST_WAIT: Duration = 60_000;
/** Real milliseconds for one message, and for the last ones at the end. */
const MESSAGE_WITHIN = 15_000;
const END_WITHIN = 5_000;
/** An answer without messages that comes sooner was not waited for: something between us and SQS does not hold it back. */
const TOO_SOON = 500;

/** What becomes of one message: whether it goes from the queue. */
async function handle(message: Received, run: QueueRun, signal: AbortSignal): Promise<boolean> {
  const { name: queue, report } = run;
  const told = (outcome: 'taken' | 'refused' | 'set-aside', because = '') =>
    report({ kind: 'message', queue, outcome, because });
  try {
    const delivery = await unlessAborted(run.read(message.body, run.clock.now(), signal), signal);
    await unlessAborted(run.accept(queue, delivery), signal);
    told('taken', delivery.note);
    return true;
  } catch (error) {
    if (signal.aborted) {
      told('refused', 'it took too long');
      return false;
    }
    const failure = failureOf(error);
    // What may be taken later (no certificate to be had, a journal that cannot be written) is never given up.
    if (failure.retryable || message.times < MOST_TIMES) {
      told('refused', failure.message);
      return false;
    }
    const reason = `refused ${message.times} times: ${failure.message}`;
    return setAside({ queue, reason, body: plainText(message.body, LONGEST_BODY) }, run, signal);
  }
}

async function setAside(message: SetAside, run: QueueRun, signal: AbortSignal): Promise<boolean> {
  const { queue, reason } = message;
  try {
    await unlessAborted(run.onSetAside(message), signal);
    run.report({ kind: 'message', queue, outcome: 'set-aside', because: reason });
    return true;
  } catch (error) {
    const because = `it could not be set aside: ${failureOf(error).message}`;
    run.report({ kind: 'message', queue, outcome: 'refused', because });
    return false;
  }
}

/** A signal that ends with another one or after a real time. */
async function within<Out>(
  limit: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Out>,
): Promise<Out> {
  const controller = new AbortController();
  const end = () => controller.abort(new Error('it took too long'));
  const timer = setTimeout(end, limit).unref();
  outer.addEventListener('abort', end, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', end);
  }
}

export function startQueue(run: QueueRun): RunningQueue {
  const { name: queue, client, clock } = run;
  const stopped = new AbortController();
  /** Ends what is under way when the end takes too long. */
  const given = new AbortController();
  let failing = false;
  let wait = FIRST_WAIT;

  async function failed(error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (!failing) run.report({ kind: 'unreachable', queue, failure });
    failing = true;
    const spread = wait * (0.75 + run.random() / 2);
    wait = Math.min(LONGEST_WAIT, 2 * wait);
    await clock.sleep(spread, stopped.signal);
  }

  function worked(): void {
    if (failing) run.report({ kind: 'reachable', queue });
    failing = false;
    wait = FIRST_WAIT;
  }

  async function fetched(): Promise<void> {
    const asked = performance.now();
    const messages = await client.receive(stopped.signal);
    if (messages.length === 0) {
      worked();
      if (performance.now() - asked < TOO_SOON) await clock.sleep(FIRST_WAIT, stopped.signal);
      return;
    }
    const done = await within(MESSAGE_WITHIN, given.signal, (signal) =>
      Promise.all(
        messages.map(async (message) => ((await handle(message, run, signal)) ? message.receipt : undefined)),
      ),
    );
    await client.delete(
      done.filter((receipt) => receipt !== undefined),
      given.signal,
    );
    worked();
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await fetched();
      } catch (error) {
        if (!stopped.signal.aborted) await failed(error).catch(() => {});
      }
    }
  }

  const ended = loop();
  return {
    async stop() {
      stopped.abort(new Error('the watchdog is shutting down'));
      const timer = setTimeout(() => given.abort(new Error('the watchdog is shutting down')), END_WITHIN).unref();
      await ended.finally(() => clearTimeout(timer));
      client.destroy();
    },
  };
}
