/** Finds the deployments that run: environments that read DEPLOYING at every pass, all others now and then. */
import type { DeploymentRef, Named } from '../core/deployment.ts';
import { stageOf } from '../core/deployment.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { AppConfigPort, EnvironmentSummary, Place } from './port.ts';

/** A deployment that is not over, and what is known of it without asking for it. */
export interface Found extends Place {
  readonly ref: DeploymentRef;
}

/** Something that could not be read; the rest of the pass went on. */
export interface Gap {
  /** e.g. `environments of application checkout`. */
  readonly what: string;
  readonly failure: Failure;
}

interface Discovery {
  readonly found: readonly Found[];
  readonly gaps: readonly Gap[];
}

export interface DiscoverOptions {
  readonly target: string;
  readonly region: string;
  readonly port: AppConfigPort;
  readonly clock: Clock;
  /** How often environments that do not read DEPLOYING are listed as well. */
  readonly sweep: Duration;
  /** How often the list of applications is read. */
  readonly applicationsEvery: Duration;
  readonly wantsApplication: (application: Named) => boolean;
  readonly wantsEnvironment: (application: Named, environment: Named) => boolean;
}

export interface Discoverer {
  /** One pass. Throws FailureError when nothing was answered: neither the list of applications nor any of them. */
  pass(signal: AbortSignal): Promise<Discovery>;
}

/**
 * AWS does not say which state an environment shows while its deployment bakes, and a short deployment can be baking
 * before it is first seen; so those that read as quiet are listed at the first pass and every `sweep` after it, too.
 * A state of tomorrow is not quiet.
 */
const QUIET: ReadonlySet<string> = new Set(['READY_FOR_DEPLOYMENT', 'ROLLING_BACK', 'ROLLED_BACK', 'REVERTED']);

/** Reasons that say as much about the whole target as about the one application that was asked for. */
const NO_ANSWER: ReadonlySet<Failure['reason']> = new Set(['auth', 'network', 'timeout', 'unavailable', 'malformed']);

export function discoverer(options: DiscoverOptions): Discoverer {
  const { port, clock, target, region } = options;
  let applications: readonly Named[] = [];
  let applicationsAt: Instant = Number.NEGATIVE_INFINITY;
  const sweptAt = new Map<string, Instant>();

  /** `asked`: the list is fresh, and AWS has answered in this pass. */
  async function readApplications(signal: AbortSignal) {
    const now = clock.now();
    const asked = now - applicationsAt >= options.applicationsEvery;
    if (asked) {
      applications = await port.listApplications(signal);
      applicationsAt = now;
    }
    return { wanted: applications.filter(options.wantsApplication), asked };
  }

  async function runningIn(application: Named, environment: EnvironmentSummary, signal: AbortSignal) {
    const key = `${application.id}/${environment.id}`;
    const now = clock.now();
    const swept = sweptAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (QUIET.has(environment.state) && now - swept < options.sweep) return [];
    const newest = await port.newestDeployments(application.id, environment.id, signal);
    sweptAt.set(key, now);
    return newest.flatMap(({ number, state, type }): readonly Found[] => {
      const stage = stageOf(state);
      if (stage !== 'in-progress' && stage !== 'unknown') return [];
      const ref = { target, region, applicationId: application.id, environmentId: environment.id, number };
      return [{ ref, application, environment: { id: environment.id, name: environment.name }, type }];
    });
  }

  async function inApplication(
    application: Named,
    environments: readonly EnvironmentSummary[],
    signal: AbortSignal,
  ): Promise<Discovery> {
    const wanted = (environment: Named) => options.wantsEnvironment(application, environment);
    const parts = environments.filter(wanted).map((environment) =>
      guarded(`deployments of ${application.name}/${environment.name}`, async () => ({
        found: await runningIn(application, environment, signal),
        gaps: [],
      })),
    );
    return joined(await Promise.all(parts));
  }

  return {
    async pass(signal) {
      const { wanted, asked } = await readApplications(signal);
      const unanswered: Failure[] = [];
      const parts = wanted.map((application) =>
        guarded(`environments of application ${application.name}`, async () => {
          const environments = await port.listEnvironments(application.id, signal).catch((error: unknown) => {
            const failure = failureOf(error);
            if (NO_ANSWER.has(failure.reason)) unanswered.push(failure);
            throw error;
          });
          return inApplication(application, environments, signal);
        }),
      );
      const discovery = joined(await Promise.all(parts));
      const [failure] = unanswered;
      if (failure !== undefined && !asked && unanswered.length === wanted.length) throw new FailureError(failure);
      return discovery;
    },
  };
}

async function guarded(what: string, read: () => Promise<Discovery>): Promise<Discovery> {
  try {
    return await read();
  } catch (error) {
    return { found: [], gaps: [{ what, failure: failureOf(error) }] };
  }
}

function joined(parts: readonly Discovery[]): Discovery {
  return { found: parts.flatMap((part) => part.found), gaps: parts.flatMap((part) => part.gaps) };
}
