/** Every watch there is, by deployment; the only place that folds events into watches. */
import { type Deployment, type DeploymentRef, refKey } from '../core/deployment.ts';
import type { WatchdogEvent, WatchEvent } from '../core/event.ts';
import { fold, type Watch, watchKey } from '../core/watch.ts';

export type Record = (event: WatchdogEvent) => void;

export interface WatchBook {
  /** Records an event and folds it. */
  tell(event: WatchEvent): void;
  /** Folds an event that says nothing new to people (the same verdict again), without recording it. */
  note(event: WatchEvent): void;
  /** Folds an event that is on record already. */
  restore(event: WatchEvent): void;
  get(ref: DeploymentRef, policy: string): Watch | undefined;
  /** The watches of one deployment. */
  of(ref: DeploymentRef): readonly Watch[];
  all(): readonly Watch[];
  /** Deployments under watch, each once, as last seen. */
  deployments(target: string): readonly Deployment[];
  has(ref: DeploymentRef): boolean;
}

export function watchBook(record: Record): WatchBook {
  const watches = new Map<string, Watch>();
  const byDeployment = new Map<string, Set<string>>();
  const index = (key: string, deployment: string) => {
    const keys = byDeployment.get(deployment) ?? new Set();
    keys.add(key);
    byDeployment.set(deployment, keys);
  };
  const drop = (key: string, deployment: string) => {
    watches.delete(key);
    const keys = byDeployment.get(deployment);
    keys?.delete(key);
    if (keys?.size === 0) byDeployment.delete(deployment);
  };
  const note = (event: WatchEvent) => {
    const key = watchKey(event.watch);
    const deployment = refKey(event.watch.deployment);
    const watch = fold(watches.get(key), event);
    if (watch === undefined) return;
    if (watch.phase === 'released') {
      drop(key, deployment);
      return;
    }
    watches.set(key, watch);
    index(key, deployment);
  };
  const of = (ref: DeploymentRef) =>
    [...(byDeployment.get(refKey(ref)) ?? [])].flatMap((key) => watches.get(key) ?? []);
  return {
    tell(event) {
      record(event);
      note(event);
    },
    note,
    restore: note,
    get: (deployment, policy) => watches.get(watchKey({ deployment, policy })),
    of,
    all: () => [...watches.values()],
    deployments(target) {
      const seen = new Map<string, Deployment>();
      for (const watch of watches.values()) {
        if (watch.ref.deployment.target === target) seen.set(refKey(watch.ref.deployment), watch.deployment);
      }
      return [...seen.values()];
    },
    has: (ref) => byDeployment.has(refKey(ref)),
  };
}
