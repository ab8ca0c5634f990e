/** Everything that comes in, put together: the hooks and queues of the policy file in force, counted and told. */
import type { Logger } from 'pino';
import type { HookRoutes } from '../http/hooks.ts';
import type { WatchdogMetrics } from '../http/metrics.ts';
import type { HttpClient } from '../lib/http.ts';
import type { Config } from '../policy/schema.ts';
import { openHooks } from './hooks.ts';
import { hookReport, queueReport } from './intake-report.ts';
import { openQueues, type QueuesOptions } from './queues.ts';
import { snsAccess } from './sns-access.ts';

/**
 * `accept` resolves when a delivery is on record, `onSetAside` when a message that was given up is: only then is the sender
 * told, or the message deleted. What a delivery leads to comes after.
 */
export interface IntakeOptions
  extends Pick<QueuesOptions, 'clock' | 'random' | 'accept' | 'onSetAside' | 'onCall' | 'transport'> {
  readonly metrics: Pick<WatchdogMetrics, 'onHook' | 'onQueue'>;
  readonly logger: Logger;
  /** For certificates and confirmations of SNS. */
  readonly http: HttpClient;
}

export interface Intake {
  /** Puts the hooks and queues of a policy file in force; those it leaves as they are go on. */
  put(config: Pick<Config, 'hooks' | 'queues'>): void;
  /** For startHttp. */
  readonly routes: HookRoutes;
  /** Ends the queues: requests that wait at once, what was fetched when it is on record or after 5 s. */
  stop(): Promise<void>;
}

export function openIntake(options: IntakeOptions): Intake {
  const { clock, metrics, logger } = options;
  const reporting = { metrics, logger, elapsed: clock.elapsed };
  const sns = snsAccess(options.http);
  const hooks = openHooks({ clock, sns, accept: options.accept, report: hookReport(reporting) });
  const queues = openQueues({ ...options, sns, report: queueReport(reporting) });
  return {
    put(config) {
      hooks.put(config);
      queues.put(config);
    },
    routes: hooks.routes,
    stop: queues.stop,
  };
}
