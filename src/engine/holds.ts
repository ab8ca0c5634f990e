/** Which deployments people hold: no policy stops them until the hold is released. The journal keeps it over restarts. */
import { type DeploymentRef, refKey } from '../core/deployment.ts';
import type { WatchdogEvent } from '../core/event.ts';

export interface Hold {
  readonly deployment: DeploymentRef;
  readonly by: string;
  readonly reason: string;
}

export interface Holds {
  of(ref: DeploymentRef): Hold | undefined;
  all(): readonly Hold[];
  /** Takes in what is on record, oldest first. */
  fold(event: WatchdogEvent): void;
  /** Forgets those of other deployments: nobody watches them any more. */
  keepOnly(watched: readonly DeploymentRef[]): void;
}

export function heldDeployments(): Holds {
  const holds = new Map<string, Hold>();
  return {
    of: (ref) => holds.get(refKey(ref)),
    all: () => [...holds.values()],
    fold(event) {
      if (event.kind === 'deployment-held') {
        holds.set(refKey(event.deployment), { deployment: event.deployment, by: event.by, reason: event.reason });
      }
      if (event.kind === 'hold-released') holds.delete(refKey(event.deployment));
    },
    keepOnly(watched) {
      const keys = new Set(watched.map(refKey));
      for (const key of holds.keys()) if (!keys.has(key)) holds.delete(key);
    },
  };
}
