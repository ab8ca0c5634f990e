/** What goes wrong: faults now and then, outages for a while, slow answers, all drawn from the seed. */
import { type Failure, FailureError, type FailureReason } from '../../../src/core/failure.ts';
import type { Duration, Instant } from '../../../src/core/time.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Chance } from './chance.ts';

export type Operation = 'list' | 'get' | 'stop' | 'metric' | 'alarm' | 'account';

interface Outage {
  readonly from: Instant;
  readonly to: Instant;
  readonly operations: readonly Operation[];
  readonly reason: FailureReason;
}

export interface Trouble {
  /** Probability that a call fails for no lasting reason; 0 in a calm run. */
  readonly rate: number;
  readonly outages: readonly Outage[];
  /** Longest answer. */
  readonly slowest: Duration;
  /** When everything works again. */
  readonly until: Instant;
}

const RETRYABLE = new Set<FailureReason>(['throttled', 'timeout', 'network', 'unavailable', 'malformed']);
const PASSING: readonly [FailureReason, ...FailureReason[]] = [
  'throttled',
  'unavailable',
  'timeout',
  'network',
  'malformed',
  'rejected',
];

export function failed(reason: FailureReason, operation: Operation): FailureError {
  const failure: Failure = { reason, retryable: RETRYABLE.has(reason), message: `${operation}: ${reason}` };
  return new FailureError(failure);
}

export function troubleOf(chance: Chance, begin: Instant, until: Instant): Trouble {
  if (chance.happens(0.25)) return { rate: 0, outages: [], slowest: 1_000, until };
  const outages = Array.from({ length: chance.between(0, 3) }, (): Outage => {
    const from = begin + chance.next() * (until - begin);
    const operations = chance.of<readonly Operation[]>([
      ['list', 'get', 'stop', 'account'],
      ['metric', 'alarm'],
      ['stop'],
      ['get'],
      ['list', 'get', 'stop', 'metric', 'alarm', 'account'],
    ]);
    const reason = chance.of<FailureReason>(['auth', 'throttled', 'unavailable', 'network', 'timeout', 'rejected']);
    return { from, to: Math.min(until, from + chance.between(1, 25) * 60_000), operations, reason };
  });
  return { rate: chance.of([0.01, 0.1, 0.3]), outages, slowest: chance.of([200, 5_000, 40_000]), until };
}

export interface Wire {
  /** Sends, takes effect (unless it fails before), answers after a while. */
  call<Out>(operation: Operation, signal: AbortSignal, effect: () => Out): Promise<Out>;
  inFlight(): number;
}

/** A wire whose answers are late, wrong or lost; what was taken may have been taken all the same. */
export function wire(trouble: Trouble, chance: Chance, clock: Clock): Wire {
  let inFlight = 0;
  const failureNow = (operation: Operation): FailureReason | undefined => {
    const now = clock.now();
    const outage = trouble.outages.find((one) => one.from <= now && now < one.to && one.operations.includes(operation));
    if (outage !== undefined) return outage.reason;
    return now < trouble.until && chance.happens(trouble.rate) ? chance.of(PASSING) : undefined;
  };
  const wait = async (operation: Operation, signal: AbortSignal) => {
    const slowest = clock.now() < trouble.until ? trouble.slowest : 1_000;
    const duration = chance.happens(0.8) ? chance.next() * 200 : chance.next() * slowest;
    await clock.sleep(Math.round(duration), signal).catch(() => {
      throw failed('aborted', operation);
    });
  };
  return {
    inFlight: () => inFlight,
    async call(operation, signal, effect) {
      inFlight++;
      try {
        await wait(operation, signal);
        const reason = failureNow(operation);
        const lost = reason === 'network' || reason === 'timeout' || reason === 'unavailable';
        if (reason !== undefined && !(lost && chance.happens(0.5))) throw failed(reason, operation);
        const out = effect();
        await wait(operation, signal);
        if (reason !== undefined) throw failed(reason, operation);
        return out;
      } finally {
        inFlight--;
      }
    },
  };
}
