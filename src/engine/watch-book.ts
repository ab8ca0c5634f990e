/** Every watch there is, by deployment; the only place that folds events into watches. */
import { type Deployment, type DeploymentRef, refKey, stageOf } from '../core/deployment.ts';
import type { WatchdogEvent, WatchEvent, WatchRef } from '../core/event.ts';
import { fold, type Watch, watchKey } from '../core/watch.ts';
import { remember } from '../lib/remember.ts';

export type Record = (event: WatchdogEvent) => void;

export interface WatchBook {
  /** Records an event and folds it. */
  tell(event: WatchEvent): void;
  /** Folds an event that says nothing new to people (the same verdict again), without recording it. */
  note(event: WatchEvent): void;
  /** Folds an event that is on record already. */
  restore(event: WatchEvent): void;
  get(ref: DeploymentRef, policy: string): Watch | undefined;
  /** The watch as it is now. */
  now(ref: WatchRef): Watch | undefined;
  /** The watches of one deployment. */
  of(ref: DeploymentRef): readonly Watch[];
  all(): readonly Watch[];
  /** Deployments under watch, each once, as last seen. */
  deployments(target: string): readonly Deployment[];
  has(ref: DeploymentRef): boolean;
  /** It is over, and there is nothing more to say of it. */
  closeOff(ref: DeploymentRef): void;
  /** Whether it is or was under watch in this life, or closed off; of the long past some are forgotten. */
  isKnown(ref: DeploymentRef): boolean;
  /** Whether a deployment of this environment is under watch and was in progress when last seen. */
  isFollowed(target: string, applicationId: string, environmentId: string): boolean;
}

/** Sets by key, none of them empty. */
type Index = Map<string, Set<string>>;

function addTo(index: Index, at: string, key: string): void {
  const keys = index.get(at) ?? new Set();
  keys.add(key);
  index.set(at, keys);
}

function removeFrom(index: Index, at: string, key: string): void {
  const keys = index.get(at);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(at);
}

type EnvironmentOf = Pick<DeploymentRef, 'target' | 'applicationId' | 'environmentId'>;

const environmentKey = ({ target, applicationId, environmentId }: EnvironmentOf) =>
  `${target}/${applicationId}/${environmentId}`;

/** What ended before so many others is not found in a list of the newest any more. */
const MOST_CLOSED = 10_000;

export function watchBook(record: Record): WatchBook {
  const watches = new Map<string, Watch>();
  const byDeployment: Index = new Map();
  const byEnvironment: Index = new Map();
  const index = (key: string, { watch }: WatchEvent) => {
    addTo(byDeployment, refKey(watch.deployment), key);
    addTo(byEnvironment, environmentKey(watch.deployment), key);
  };
  const closed = new Set<string>();
  const closeOff = (ref: DeploymentRef) => remember(closed, refKey(ref), MOST_CLOSED);
  const drop = (key: string, { watch }: WatchEvent) => {
    closeOff(watch.deployment);
    watches.delete(key);
    removeFrom(byDeployment, refKey(watch.deployment), key);
    removeFrom(byEnvironment, environmentKey(watch.deployment), key);
  };
  const note = (event: WatchEvent) => {
    const key = watchKey(event.watch);
    const watch = fold(watches.get(key), event);
    if (watch === undefined) return;
    if (watch.phase === 'released') {
      drop(key, event);
      return;
    }
    if (!watches.has(key)) index(key, event);
    watches.set(key, watch);
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
    now: (ref) => watches.get(watchKey(ref)),
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
    closeOff,
    isKnown: (ref) => byDeployment.has(refKey(ref)) || closed.has(refKey(ref)),
    isFollowed(target, applicationId, environmentId) {
      const keys = byEnvironment.get(environmentKey({ target, applicationId, environmentId })) ?? [];
      return [...keys].some((key) => stageOf(watches.get(key)?.deployment.state ?? '') === 'in-progress');
    },
  };
}
