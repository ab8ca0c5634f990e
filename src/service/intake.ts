/** Everything that comes in by hooks and queues, put together: on its way to the daemon, and on record before it is thanked for. */

import type { CallReport } from '../aws/caller.ts';
import type { Transport } from '../aws/clients.ts';
import type { Delivery } from '../core/alert.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, FailureError } from '../core/failure.ts';
import type { HookRoutes } from '../http/hooks.ts';
import type { WatchdogMetrics } from '../http/metrics.ts';
import type { Clock } from '../lib/clock.ts';
import type { HttpClient } from '../lib/http.ts';
import type { WatchdogLog } from '../log/logger.ts';
import type { Config } from '../policy/schema.ts';
import { openHooks } from './hooks.ts';
import { hookReport, queueReport } from './intake-report.ts';
import { openQueues } from './queues.ts';
import { snsAccess } from './sns-access.ts';

export interface IntakeDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: WatchdogLog;
  readonly metrics: Pick<WatchdogMetrics, 'onHook' | 'onQueue' | 'onCall'>;
  readonly http: HttpClient;
  /** Puts alerts on record and has them decided on. */
  readonly deliver: (hook: string, delivery: Delivery) => void;
  readonly record: (event: WatchdogEvent) => void;
  /** Why what was put on record is not on disk; undefined when it is. */
  readonly failing: () => Failure | undefined;
  readonly transport?: Transport;
}

export interface Intake {
  readonly routes: HookRoutes;
  /** Puts the hooks and queues of a policy file in force. */
  put(config: Pick<Config, 'hooks' | 'queues'>): void;
  /** Ends the queues. */
  stop(): Promise<void>;
}

/**
 * What came is taken into account whether or not the disk takes it; but who sent it is asked to send it again until it
 * is on record.
 */
function notOnRecord({ message }: Failure): FailureError {
  return new FailureError({ reason: 'unavailable', retryable: true, message: `it is not on record yet: ${message}` });
}

export function openIntake(deps: IntakeDeps): Intake {
  const { clock, log, metrics, deliver, record, failing } = deps;
  const report = { metrics, logger: log.logger, elapsed: clock.elapsed };
  const sns = snsAccess(deps.http);
  const onCall = (call: CallReport) => metrics.onCall(call);
  async function accept(hook: string, delivery: Delivery): Promise<void> {
    deliver(hook, delivery);
    const failure = failing();
    if (failure !== undefined) throw notOnRecord(failure);
  }
  const hooks = openHooks({ clock, accept, sns, report: hookReport(report) });
  const queues = openQueues({
    ...{ clock, random: deps.random, accept, sns, onCall, report: queueReport(report) },
    async onSetAside({ queue, reason, body }) {
      record({ kind: 'message-set-aside', at: clock.now(), queue, because: reason, body });
      const failure = failing();
      if (failure !== undefined) throw notOnRecord(failure);
    },
    ...(deps.transport === undefined ? {} : { transport: deps.transport }),
  });
  return {
    routes: hooks.routes,
    put(config) {
      hooks.put(config);
      queues.put(config);
    },
    stop: queues.stop,
  };
}
