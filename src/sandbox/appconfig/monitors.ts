/** Time and alarms at work on the deployments of a store, also while nobody asks. */
import type { Duration } from '../../core/time.ts';
import type { Clock } from '../../lib/clock.ts';
import { currentDeployment } from './environments.ts';
import { advance, type LifeOptions, underWay } from './lifecycle.ts';
import type { Deployment, Store } from './store.ts';
import { rollBack } from './undo.ts';

export interface MonitorOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly life: LifeOptions;
  readonly rings: (arnOrName: string) => boolean;
  readonly monitorInterval: Duration;
}

export interface MonitorWatch {
  /** Brings every deployment to the present. */
  advanceAll(): void;
  /** Looks at the alarms of an environment for as long as it has monitors and a deployment under way. */
  watch(environmentId: string): void;
  stop(): Promise<void>;
}

/** An accelerated clock must not make it spin: a look at most this often in real milliseconds. */
const SHORTEST_REAL_INTERVAL = 20;

export function monitorWatch(options: MonitorOptions): MonitorWatch {
  const { clock, store, life } = options;
  const interval = Math.max(options.monitorInterval, SHORTEST_REAL_INTERVAL * (clock.speed === 1 ? 0 : clock.speed));
  const ending = new AbortController();
  const watched = new Map<string, Promise<void>>();

  const monitorsOf = (deployment: Deployment) => store.environments.find(deployment.environment.id)?.monitors ?? [];
  const present = (deployment: Deployment): Deployment => {
    const now = clock.now();
    const timely = advance(deployment.life, now, life);
    const ringing = underWay(timely)
      ? monitorsOf(deployment).find(({ AlarmArn }) => options.rings(AlarmArn))
      : undefined;
    if (ringing === undefined) return { ...deployment, life: timely };
    const cause = { triggeredBy: 'CLOUDWATCH_ALARM', name: ringing.AlarmArn } as const;
    return { ...deployment, life: rollBack(timely, now, cause, life) };
  };
  const advanceAll = () => {
    for (const deployment of store.deployments.all()) {
      if (deployment.life.plan.length === 0) continue;
      store.deployments.set(`${deployment.environment.id}/${deployment.seq}`, present(deployment));
    }
  };
  const needsWatch = (environmentId: string): boolean => {
    const current = currentDeployment(store, environmentId);
    return current !== undefined && underWay(current.life) && monitorsOf(current).length > 0;
  };
  const follow = async (environmentId: string) => {
    while (!ending.signal.aborted && needsWatch(environmentId)) {
      await clock.sleep(interval, ending.signal).catch((error: unknown) => {
        if (!ending.signal.aborted) throw error;
      });
      if (!ending.signal.aborted) advanceAll();
    }
    watched.delete(environmentId);
  };

  return {
    advanceAll,
    watch(environmentId) {
      if (!watched.has(environmentId) && needsWatch(environmentId)) watched.set(environmentId, follow(environmentId));
    },
    async stop() {
      ending.abort();
      await Promise.all(watched.values());
    },
  };
}
