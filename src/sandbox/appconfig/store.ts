/** What one account has in AppConfig in one region, in memory. */
import type { Instant } from '../../core/time.ts';
import { notFound } from './errors.ts';
import type { Life } from './lifecycle.ts';
import type { GrowthType } from './rollout.ts';

/** `seq` orders records by creation and is what a page token remembers. */
interface Stored {
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
}
export type Application = Stored;
interface Monitor {
  readonly AlarmArn: string;
  readonly AlarmRoleArn?: string | undefined;
}
export interface Environment extends Stored {
  readonly applicationId: string;
  readonly monitors: readonly Monitor[];
}
interface Validator {
  readonly Type: 'JSON_SCHEMA' | 'LAMBDA';
  readonly Content: string;
}
export interface Profile extends Stored {
  readonly applicationId: string;
  readonly locationUri: string;
  readonly type: string;
  readonly retrievalRoleArn?: string | undefined;
  readonly validators: readonly Validator[];
  readonly kmsKeyIdentifier?: string | undefined;
}
export interface Strategy extends Stored {
  readonly durationMinutes: number;
  readonly bakeMinutes: number;
  readonly growthType: GrowthType;
  readonly growthFactor: number;
  readonly replicateTo: 'NONE' | 'SSM_DOCUMENT';
}
export interface HostedVersion {
  readonly seq: number;
  readonly applicationId: string;
  readonly profileId: string;
  readonly number: number;
  readonly description?: string | undefined;
  readonly contentType: string;
  readonly label?: string | undefined;
  readonly content: Buffer;
  readonly createdAt: Instant;
}
export interface Deployment {
  /** The deployment's number. */
  readonly seq: number;
  readonly application: Application;
  readonly environment: Environment;
  readonly profile: Profile;
  /** As it was when the deployment started. */
  readonly strategy: Strategy;
  readonly version: string;
  readonly versionLabel?: string | undefined;
  readonly description?: string | undefined;
  readonly kmsKeyIdentifier?: string | undefined;
  readonly life: Life;
}

/** A kind of record by id; `get` answers 404 as AWS does. */
interface Table<T> {
  get(id: string): T;
  find(id: string): T | undefined;
  set(id: string, record: T): void;
  delete(id: string): void;
  /** In the order of creation. */
  all(): readonly T[];
}

function table<T>(kind: string): Table<T> {
  const records = new Map<string, T>();
  return {
    get(id) {
      const record = records.get(id);
      if (record === undefined) throw notFound(kind, id);
      return record;
    },
    find: (id) => records.get(id),
    set: (id, record) => void records.set(id, record),
    delete: (id) => void records.delete(id),
    all: () => [...records.values()],
  };
}

export interface Store {
  readonly applications: Table<Application>;
  readonly environments: Table<Environment>;
  readonly profiles: Table<Profile>;
  readonly strategies: Table<Strategy>;
  /** By `profile/number`. */
  readonly versions: Table<HostedVersion>;
  /** By `environment/number`. */
  readonly deployments: Table<Deployment>;
  /** The highest version a profile ever had, by its id: the number of a deleted version is not given again. */
  readonly lastVersions: Map<string, number>;
  /** By ARN. */
  readonly tags: Map<string, Readonly<Record<string, string>>>;
  /** A new id as AWS makes them: seven of a-z and 0-9. */
  newId(): string;
  nextSeq(): number;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function createStore(random: () => number): Store {
  const used = new Set<string>();
  let seq = 0;
  const draw = () => Array.from({ length: 7 }, () => LETTERS.charAt(Math.floor(random() * LETTERS.length))).join('');
  return {
    applications: table('Application'),
    environments: table('Environment'),
    profiles: table('ConfigurationProfile'),
    strategies: table('DeploymentStrategy'),
    versions: table('HostedConfigurationVersion'),
    deployments: table('Deployment'),
    lastVersions: new Map(),
    tags: new Map(),
    newId() {
      let id = draw();
      // A poor source of randomness may repeat itself: count on from what it drew.
      while (used.has(id)) id = (Number.parseInt(id, 36) + 1).toString(36).padStart(7, '0').slice(-7);
      used.add(id);
      return id;
    },
    nextSeq: () => ++seq,
  };
}
