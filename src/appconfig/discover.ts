/** Finds the deployments that run: environments that read DEPLOYING until their deployment is followed, all others now and then. */
import type { DeploymentRef, Named } from '../core/deployment.ts';
import { isOver, stageOf } from '../core/deployment.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { AppConfigPort, DeploymentSummary, EnvironmentSummary, Place } from './port.ts';

/** A deployment that is not over, and what is known of it without asking for it. */
export interface Found extends Place {
  readonly ref: DeploymentRef;
}

/** Something that is read. Two applications may have one name: `id` tells what it is, `what` tells people. */
export interface Part {
  readonly id: string;
  /** e.g. `environments of application checkout`. */
  readonly what: string;
}

/** Something that could not be read; the rest of the pass went on. */
export interface Gap extends Part {
  readonly failure: Failure;
}

/** A deployment that is over. */
export interface Ended extends Found {
  readonly state: string;
  readonly startedAt?: Instant;
}

/** What the list of one environment showed. */
export interface Seen {
  /** Those that run. */
  readonly found: readonly Found[];
  /** Those that were never listed as over before: whoever keeps the watches knows which of them nobody watched. */
  readonly ended: readonly Ended[];
}

/** Told of each environment as soon as it is read: no deployment waits for the slowest answer about another. */
export type OnSeen = (seen: Seen) => void;

export interface DiscoverOptions {
  readonly target: string;
  readonly region: string;
  readonly port: AppConfigPort;
  readonly clock: Clock;
  /** How often environments that do not read DEPLOYING are listed as well. */
  readonly sweep: Duration;
  /** Quiet environments listed in one pass at most, so that they do not use up the quota; default 40. */
  readonly sweepsPerPass?: number;
  /** How often the list of applications is read. */
  readonly applicationsEvery: Duration;
  /** Newest deployment number listed as over, by target, application and environment; outlives a reload, so that what ends over it is told. */
  readonly newestOver: Map<string, number>;
  /** Told of what could be read: whoever tells of gaps knows so that one is over. */
  readonly onAnswered?: (part: Part) => void;
  readonly wantsApplication: (application: Named) => boolean;
  readonly wantsEnvironment: (application: Named, environment: Named) => boolean;
  /**
   * Whether a deployment of this environment is under watch and was in progress when last read. An environment deploys
   * one configuration at a time, so that there is nothing to find; it is swept like a quiet one all the same.
   */
  readonly isFollowed?: (applicationId: string, environmentId: string) => boolean;
}

export interface Discoverer {
  /** One pass. Throws FailureError when nothing was answered: neither the list of applications nor any of them. */
  pass(signal: AbortSignal, onSeen: OnSeen): Promise<readonly Gap[]>;
  /** One environment, now, whatever it reads: somebody said that something began there. Nothing when nobody wants it. */
  at(applicationId: string, environmentId: string, signal: AbortSignal, onSeen: OnSeen): Promise<void>;
  /**
   * What runs and is not followed yet at the places that are meant, now: somebody said that harm is done there. Lists as
   * many quiet environments as a pass does, those that waited longest first; the others have their turn in the passes.
   */
  among(isMeant: IsMeant, signal: AbortSignal, onSeen: OnSeen): Promise<readonly Gap[]>;
}

/** Without an environment: whether any of the application's may be meant. */
export type IsMeant = (application: Named, environment?: Named) => boolean;

/**
 * AWS does not say which state an environment shows while its deployment bakes, and a short deployment can be baking
 * before it is first seen; so those that read as quiet are listed at the first pass and every `sweep` after it, too.
 * A state of tomorrow is not quiet.
 */
const QUIET: ReadonlySet<string> = new Set(['READY_FOR_DEPLOYMENT', 'ROLLING_BACK', 'ROLLED_BACK', 'REVERTED']);

/** Reasons that say as much about the whole target as about the one application that was asked for. */
const NO_ANSWER: ReadonlySet<Failure['reason']> = new Set(['auth', 'network', 'timeout', 'unavailable', 'malformed']);

/** At 8 lists a second these take 5 s of a pass. */
const SWEEPS = 40;

interface Spot {
  readonly application: Named;
  readonly environment: EnvironmentSummary;
}

const keyOf = ({ application, environment }: Spot) => `${application.id}/${environment.id}`;

const APPLICATIONS: Part = { id: 'applications', what: 'the list of applications' };
const environmentsOf = ({ id, name }: Named): Part => ({ id, what: `environments of application ${name}` });
const deploymentsOf = (spot: Spot): Part => ({
  id: keyOf(spot),
  what: `deployments of ${spot.application.name}/${spot.environment.name}`,
});

function isRunning(state: string): boolean {
  const stage = stageOf(state);
  return stage === 'in-progress' || stage === 'unknown';
}

export function discoverer(options: DiscoverOptions): Discoverer {
  const { port, clock, target, region } = options;
  let applications: readonly Named[] = [];
  /** In elapsed time, as the sweeps are. */
  let applicationsAt: Duration = Number.NEGATIVE_INFINITY;
  const bornAt = clock.now();
  const sweptAt = new Map<string, Duration>();
  /** When they were last tried, with an answer or without: those that give none must not take all turns. */
  const triedAt = new Map<string, Duration>();
  const { newestOver } = options;
  const lastTry = (spot: Spot) => triedAt.get(keyOf(spot)) ?? Number.NEGATIVE_INFINITY;
  const lastSweep = (spot: Spot) => sweptAt.get(keyOf(spot)) ?? Number.NEGATIVE_INFINITY;

  /** `asked`: the list is fresh, and AWS has answered in this pass. One that cannot be read anew is used on as it was. */
  async function readApplications(signal: AbortSignal) {
    const now = clock.elapsed();
    const asked = now - applicationsAt >= options.applicationsEvery;
    let failure: Failure | undefined;
    if (asked) {
      try {
        applications = await port.listApplications(signal);
        applicationsAt = now;
        options.onAnswered?.(APPLICATIONS);
      } catch (error) {
        if (applicationsAt === Number.NEGATIVE_INFINITY) throw error;
        failure = failureOf(error);
      }
    }
    return { wanted: applications.filter(options.wantsApplication), asked: asked && failure === undefined, failure };
  }

  /** Lists an environment's newest deployments: those that run, and those that have ended since it was last listed. */
  async function read(spot: Spot, signal: AbortSignal, onSeen: OnSeen): Promise<void> {
    const { application, environment } = spot;
    const at = clock.elapsed();
    triedAt.set(keyOf(spot), at);
    const listed = await port.newestDeployments(application.id, environment.id, signal);
    // An answer that nobody will take in must not count as a look.
    signal.throwIfAborted();
    sweptAt.set(keyOf(spot), at);
    options.onAnswered?.(deploymentsOf(spot));
    const place = { application, environment: { id: environment.id, name: environment.name } };
    const ids = { target, region, applicationId: application.id, environmentId: environment.id };
    const foundFrom = ({ number, type }: DeploymentSummary): Found => ({ ref: { ...ids, number }, ...place, type });
    const found = listed.filter(({ state }) => isRunning(state)).map(foundFrom);
    const ended = newlyOver(`${target}/${ids.applicationId}/${ids.environmentId}`, listed).map((one): Ended => {
      const { state, startedAt } = one;
      return { ...foundFrom(one), state, ...(startedAt === undefined ? {} : { startedAt }) };
    });
    if (found.length > 0 || ended.length > 0) onSeen({ found, ended });
  }

  /** Over, and not listed as such before. At the first look at an environment only what began since counts. */
  function newlyOver(key: string, listed: readonly DeploymentSummary[]): readonly DeploymentSummary[] {
    const before = newestOver.get(key);
    const over = listed.filter(({ state }) => isOver(state));
    newestOver.set(key, Math.max(before ?? 0, ...over.map(({ number }) => number)));
    return over.filter(({ number, startedAt }) =>
      before === undefined ? (startedAt ?? 0) >= bornAt : number > before,
    );
  }

  /** What could not be read of so many environments, read at once. */
  async function readAll(spots: readonly Spot[], signal: AbortSignal, onSeen: OnSeen): Promise<readonly Gap[]> {
    const reads = spots.map((spot) =>
      guarded(deploymentsOf(spot), async () => {
        await read(spot, signal, onSeen);
        return [];
      }),
    );
    return (await Promise.all(reads)).flat();
  }

  const spotsOf = (application: Named, environments: readonly EnvironmentSummary[]): readonly Spot[] =>
    environments
      .filter((environment) => options.wantsEnvironment(application, environment))
      .map((environment) => ({ application, environment }));

  // One that was never listed here is listed whoever follows it: a policy that is new may want it as well.
  const isFollowed = (spot: Spot) =>
    sweptAt.has(keyOf(spot)) && options.isFollowed?.(spot.application.id, spot.environment.id) === true;
  const isQuiet = (spot: Spot) => QUIET.has(spot.environment.state) || isFollowed(spot);
  const isBusy = (spot: Spot) => !isQuiet(spot);

  /** Lists what is due at the end of a pass; those that were tried longest ago first, so that each has its turn however many there are. */
  function sweep(due: readonly Spot[], signal: AbortSignal, onSeen: OnSeen): Promise<readonly Gap[]> {
    const first = due.toSorted((a, b) => lastTry(a) - lastTry(b)).slice(0, options.sweepsPerPass ?? SWEEPS);
    return readAll(first, signal, onSeen);
  }

  /**
   * Forgets environments that are gone: deleted themselves, or with their application. What could not be listed, or
   * was not wanted, may be there.
   */
  function forget(listed: ReadonlyMap<string, ReadonlySet<string>>): void {
    const known = new Set(applications.map(({ id }) => id));
    const gone = (key: string) => {
      const [application = '', environment = ''] = key.split('/');
      return !known.has(application) || listed.get(application)?.has(environment) === false;
    };
    const own = `${target}/`;
    for (const key of sweptAt.keys()) if (gone(key)) sweptAt.delete(key);
    for (const key of triedAt.keys()) if (gone(key)) triedAt.delete(key);
    for (const key of newestOver.keys()) {
      if (key.startsWith(own) && gone(key.slice(own.length))) newestOver.delete(key);
    }
  }

  return {
    async at(applicationId, environmentId, signal, onSeen) {
      const { wanted } = await readApplications(signal);
      const application = wanted.find(({ id }) => id === applicationId);
      if (application === undefined) return;
      const environments = await port.listEnvironments(application.id, signal);
      const environment = environments.find(({ id }) => id === environmentId);
      if (environment === undefined || !options.wantsEnvironment(application, environment)) return;
      await read({ application, environment }, signal, onSeen);
    },
    async among(isMeant, signal, onSeen) {
      const { wanted } = await readApplications(signal);
      const due: Spot[] = [];
      const parts = wanted
        .filter((application) => isMeant(application))
        .map((application) =>
          guarded(environmentsOf(application), async () => {
            const environments = await port.listEnvironments(application.id, signal);
            const meant = spotsOf(application, environments).filter((spot) => isMeant(application, spot.environment));
            due.push(...meant.filter((spot) => isQuiet(spot) && !isFollowed(spot)));
            return readAll(meant.filter(isBusy), signal, onSeen);
          }),
        );
      const gaps = (await Promise.all(parts)).flat();
      return [...gaps, ...(await sweep(due, signal, onSeen))];
    },
    async pass(signal, onSeen) {
      const { wanted, asked, failure: unlisted } = await readApplications(signal);
      const unanswered: Failure[] = [];
      const due: Spot[] = [];
      const listed = new Map<string, ReadonlySet<string>>();
      const isDue = (spot: Spot) => clock.elapsed() - lastSweep(spot) >= options.sweep;
      const parts = wanted.map((application) =>
        guarded(environmentsOf(application), async () => {
          const environments = await port.listEnvironments(application.id, signal).catch((error: unknown) => {
            const failure = failureOf(error);
            if (NO_ANSWER.has(failure.reason)) unanswered.push(failure);
            throw error;
          });
          options.onAnswered?.(environmentsOf(application));
          listed.set(application.id, new Set(environments.map(({ id }) => id)));
          const spots = spotsOf(application, environments);
          due.push(...spots.filter((spot) => isQuiet(spot) && isDue(spot)));
          return readAll(spots.filter(isBusy), signal, onSeen);
        }),
      );
      const gaps = (await Promise.all(parts)).flat();
      const failure = unlisted ?? unanswered[0];
      if (failure !== undefined && !asked && unanswered.length === wanted.length) throw new FailureError(failure);
      if (asked) forget(listed);
      const stale = unlisted === undefined ? [] : [{ ...APPLICATIONS, failure: unlisted }];
      return [...gaps, ...(await sweep(due, signal, onSeen)), ...stale];
    },
  };
}

async function guarded(part: Part, read: () => Promise<readonly Gap[]>): Promise<readonly Gap[]> {
  try {
    return await read();
  } catch (error) {
    return [{ ...part, failure: failureOf(error) }];
  }
}
