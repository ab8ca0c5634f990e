/** Every AWS call goes through here: quota, a timeout that fires, an abort signal, one kind of error, one count. */
import { type Failure, FailureError } from '../core/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { type Gate, gate } from '../lib/gate.ts';
import { linked } from '../lib/linked.ts';
import { type RateLimit, rateLimit } from '../lib/rate-limit.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { awsFailure, signedAtAnotherTime } from './failure.ts';

/** Told after each call; `duration` in real milliseconds, `waited` in clock milliseconds spent for the quota. */
export interface CallReport {
  readonly operation: string;
  readonly target: string;
  readonly duration: number;
  readonly waited: number;
  readonly failure?: Failure;
}

interface CallOptions {
  /** Real milliseconds: a network does not run faster because a clock does. */
  readonly timeout?: number;
  /** Once it resolves, the call waits for the quota no longer. */
  readonly hurry?: Promise<void>;
}

export interface AwsCaller {
  /** Runs one SDK call. Throws FailureError with the operation's name in its message. */
  call<Out>(
    operation: string,
    send: (signal: AbortSignal) => Promise<Out>,
    signal: AbortSignal,
    options?: CallOptions,
  ): Promise<Out>;
  /** Calls that have not been answered yet. */
  inFlight(): number;
}

export interface CallerOptions {
  readonly target: string;
  readonly clock: Clock;
  /** Real milliseconds for one call, the SDK's own retries included; default 20 s. */
  readonly timeout?: number;
  readonly onCall?: (report: CallReport) => void;
  /** Requests per second by operation; default a bit below AWS's quotas, which other clients share. */
  readonly quotas?: Readonly<Record<string, number>>;
}

/**
 * Quotas per account and region, requests a second (AppConfig: List* 10, Get* 100, StopDeployment 10, not adjustable;
 * DescribeAlarms 9, DescribeAlarmHistory 3; GetMetricData 50 where the older quota holds). Each leaves room for other clients of the account.
 */
const DEFAULT_QUOTAS: Readonly<Record<string, number>> = {
  ListApplications: 8,
  ListEnvironments: 8,
  ListDeployments: 8,
  ListConfigurationProfiles: 8,
  ListTagsForResource: 8,
  GetApplication: 80,
  GetEnvironment: 80,
  GetDeployment: 80,
  StopDeployment: 10,
  DescribeAlarms: 8,
  DescribeAlarmHistory: 2,
  ListMetrics: 20,
  GetMetricData: 40,
};

function timeoutFailure(operation: string, timeout: number): Failure {
  return {
    reason: 'timeout',
    retryable: true,
    code: 'TimeoutError',
    message: `${operation}: no answer within ${timeout} ms`,
  };
}

/** The caller itself gave up (shutdown, reload); waiting for a turn ends for no other reason. */
function abortedFailure(operation: string): Failure {
  return {
    reason: 'aborted',
    retryable: false,
    code: 'AbortError',
    message: `${operation}: given up before it was answered`,
  };
}

/**
 * Calls of one operation on the wire at once. More would wait for a connection, and time out although nothing is wrong
 * with the network.
 */
const MOST_AT_ONCE = 32;

/**
 * One of GetMetricData is five hundred questions and their answers, all held in memory. So many are more than its quota
 * has under way while an answer takes less than 0.4 s.
 */
const AT_ONCE: Readonly<Record<string, number>> = { GetMetricData: 16 };

interface Turnstile {
  readonly limit: RateLimit;
  readonly gate: Gate;
}

export function awsCaller(options: CallerOptions): AwsCaller {
  const turnstiles = new Map<string, Turnstile>();
  const quotas = options.quotas ?? DEFAULT_QUOTAS;
  let inFlight = 0;
  const turnstileOf = (operation: string): Turnstile => {
    const known = turnstiles.get(operation);
    if (known !== undefined) return known;
    const made = {
      limit: rateLimit(options.clock, quotas[operation] ?? 10),
      gate: gate(AT_ONCE[operation] ?? MOST_AT_ONCE),
    };
    turnstiles.set(operation, made);
    return made;
  };
  return {
    inFlight: () => inFlight,
    async call(operation, send, signal, { timeout = options.timeout ?? 20_000, hurry } = {}) {
      const asked = options.clock.elapsed();
      const turnstile = turnstileOf(operation);
      try {
        await turnstile.limit.turn(signal, hurry);
        await turnstile.gate.enter(signal, hurry);
      } catch (error) {
        throw new FailureError(abortedFailure(operation), { cause: error });
      }
      const waited = options.clock.elapsed() - asked;
      const started = performance.now();
      // Not AbortSignal.timeout: its timer would go on for as long after every call that was answered.
      using either = linked(signal);
      const timer = setTimeout(() => either.abort(), timeout).unref();
      inFlight++;
      let failure: Failure | undefined;
      try {
        // The SDK heeds the signal while it sends, not while it fetches credentials.
        return await unlessAborted(send(either.signal), either.signal).catch((error: unknown) => {
          if (!signedAtAnotherTime(error)) throw error;
          return unlessAborted(send(either.signal), either.signal);
        });
      } catch (error) {
        if (signal.aborted) failure = abortedFailure(operation);
        else failure = either.signal.aborted ? timeoutFailure(operation, timeout) : awsFailure(error, operation);
        throw new FailureError(failure, { cause: error });
      } finally {
        clearTimeout(timer);
        inFlight--;
        turnstile.gate.leave();
        const duration = performance.now() - started;
        options.onCall?.({ operation, target: options.target, duration, waited, ...(failure ? { failure } : {}) });
      }
    },
  };
}
