/** The heartbeats of the policy file in force; a newer file puts its own in their place. */
import type { CallReport } from '../aws/caller.ts';
import type { Transport } from '../aws/clients.ts';
import type { Failure } from '../core/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { httpClient } from '../lib/http.ts';
import type { HeartbeatConfig } from '../policy/heartbeat.ts';
import type { Config } from '../policy/schema.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { Listener, Pulse, Word } from './listener.ts';
import { metric } from './metric.ts';
import { ping } from './ping.ts';

export interface HeartbeatsOptions {
  readonly clock: Clock;
  readonly pulse: () => Pulse;
  readonly transport?: Transport;
  readonly onCall: (report: CallReport) => void;
  /** A try failed. */
  readonly onFailure: (kind: Listener['kind']) => void;
  /** Told once when beats cannot be delivered (with why), and once when they can again. */
  readonly onDelivery: (kind: Listener['kind'], failure: Failure | undefined) => void;
}

export interface Heartbeats {
  /** Puts the heartbeats of a policy file in force. `isStart`: the daemon begins with it. */
  renew(config: Config, isStart: boolean): void;
  /** Ends them; what the file in force wants said at the end is waited for, for 3 s at most. */
  end(because: string): Promise<void>;
}

/** Where the metric goes that names no region. */
export const regionOf = ({ heartbeat, targets }: Config): string =>
  heartbeat?.cloudwatch?.region ?? targets[0]?.region ?? '';

/** Real milliseconds. */
const LAST_WORD = 3_000;

export function heartbeats(options: HeartbeatsOptions): Heartbeats {
  const { clock, onDelivery } = options;
  const client = httpClient();
  /** Outlives a reload, so that the end of it is told. */
  const failing = new Set<Listener['kind']>();
  let current: readonly Heartbeat[] = [];
  let closing: (() => void)[] = [];
  let atEnd: 'silence' | 'fail' = 'silence';

  function onBeat(kind: Listener['kind'], failure: Failure | undefined): void {
    if (failing.has(kind) === (failure !== undefined)) return;
    if (failure === undefined) failing.delete(kind);
    else failing.add(kind);
    onDelivery(kind, failure);
  }

  function listenersOf({ url, cloudwatch, method, timeout }: HeartbeatConfig, region: string): readonly Listener[] {
    const listeners: Listener[] = [];
    if (url !== undefined) listeners.push(ping({ url, method, timeout, client }));
    if (cloudwatch === undefined) return listeners;
    const { transport, onCall } = options;
    const carried = transport === undefined ? {} : { transport };
    const listener = metric({ options: cloudwatch, region, timeout, clock, onCall, ...carried });
    closing.push(listener.close);
    return [...listeners, listener];
  }

  /** What was in force ends in the background; nobody waits for it. */
  async function leave(last: Word | undefined): Promise<void> {
    const [former, close] = [current, closing];
    [current, closing] = [[], []];
    const bound = AbortSignal.timeout(LAST_WORD);
    await Promise.all(former.map((one) => one.end(last, bound)));
    for (const one of close) one();
  }

  return {
    renew(config, isStart) {
      void leave(undefined);
      const { heartbeat } = config;
      atEnd = heartbeat?.atEnd ?? 'silence';
      if (heartbeat === undefined) return;
      const { every, unhealthy } = heartbeat;
      const start = isStart && heartbeat.start;
      const { pulse, onFailure } = options;
      current = listenersOf(heartbeat, regionOf(config)).map((listener) =>
        startHeartbeat({ listener, clock, every, start, unhealthy, pulse, onFailure, onBeat }),
      );
    },
    async end(because) {
      await leave(atEnd === 'fail' ? { kind: 'fail', because: [because] } : undefined);
      await client.close();
    },
  };
}
