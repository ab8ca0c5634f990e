/** The shop's traffic: requests and errors per minute, with more errors the more clients have a bad version. */
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';

export interface Sample {
  readonly metric: 'Requests' | 'Errors';
  readonly value: number;
}

export interface TrafficOptions {
  readonly clock: Clock;
  /** Share (0..1) of the clients that have a bad version now. */
  readonly badShare: () => Promise<number>;
  readonly put: (samples: readonly Sample[]) => Promise<void> | void;
  readonly requestsPerMinute: number;
  /** Share (0..1) of the requests that fail anyway. */
  readonly baseErrorRate: number;
  /** Share (0..1) of the requests of clients with a bad version that fail. */
  readonly badErrorRate: number;
  readonly every: Duration;
  /** A fault on the way; the traffic goes on. */
  readonly onError: (error: unknown) => void;
}

const MINUTE = 60_000;

function samplesOf(options: TrafficOptions, badShare: number): readonly Sample[] {
  const requests = (options.requestsPerMinute * options.every) / MINUTE;
  const rate =
    options.baseErrorRate * (1 - badShare) + Math.max(options.baseErrorRate, options.badErrorRate) * badShare;
  return [
    { metric: 'Requests', value: requests },
    { metric: 'Errors', value: requests * rate },
  ];
}

/** Sends traffic until it is stopped. */
export function startTraffic(options: TrafficOptions): { stop(): void } {
  const stopped = new AbortController();
  const { signal } = stopped;
  const send = async () => {
    while (!signal.aborted) {
      try {
        await options.put(samplesOf(options, await options.badShare()));
      } catch (error) {
        if (!signal.aborted) options.onError(error);
      }
      await options.clock.sleep(options.every, signal);
    }
  };
  send().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return { stop: () => stopped.abort() };
}
