/** Looks for deployments that no poll has seen yet: because somebody named one, or because an alert may be about one. */
import type { Discoverer, IsMeant, OnSeen } from '../appconfig/discover.ts';
import type { StandingAlert } from '../core/alert.ts';
import type { DeploymentPlace } from '../core/deployment.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import { couldMatchApplication, couldMatchEnvironment } from '../policy/match.ts';
import type { Target } from '../policy/schema.ts';
import type { ActivePolicy } from './deciding.ts';
import { type FirstLooks, type Takers, takeAsSeen } from './first-looks.ts';

export interface SeekingOptions extends Takers {
  readonly target: Target;
  readonly policies: readonly ActivePolicy[];
  readonly find: Discoverer;
  readonly clock: Clock;
}

export interface Seeking {
  /** Looks into one environment. Never rejects. */
  at(applicationId: string, environmentId: string, signal: AbortSignal): Promise<void>;
  /** Looks where new alerts of a hook may count for a deployment. Never rejects. */
  forAlerts(hook: string, news: readonly StandingAlert[], signal: AbortSignal): Promise<void>;
}

/** It may list forty environments, at 8 lists a second: alerts in any number leave at least half the quota to the passes. */
const AT_MOST_EVERY: Duration = 10_000;

/** A storm of more is no reason to try each on every environment: then any may be meant. */
const MOST_TRIED = 20;

interface News {
  readonly hook: string;
  readonly alert: StandingAlert;
}

export function seeking(options: SeekingOptions): Seeking {
  const { target, policies, find, clock } = options;
  const hooks = new Set(policies.flatMap(({ rules }) => rules.flatMap((rule) => rule.hook ?? [])));
  /** Environments that are being looked for because somebody said so: once at a time each. */
  const sought = new Set<string>();
  let news: News[] = [];
  let isSeeking = false;
  /** In elapsed time. */
  let soughtAt: Duration = Number.NEGATIVE_INFINITY;

  /** What cannot be read is read, and told, by the next pass. */
  const take = (search: (onSeen: OnSeen) => Promise<unknown>, signal: AbortSignal): Promise<FirstLooks> =>
    takeAsSeen((onSeen) => search(onSeen).catch(() => undefined), options, signal);

  /** Whether a policy that could want a deployment there listens to what one of the alerts says. */
  function meantBy(told: readonly News[]): IsMeant {
    return (application, environment) => {
      const place: DeploymentPlace = {
        ...{ target: target.name, region: target.region, application },
        ...(environment === undefined ? {} : { environment }),
      };
      return policies.some(({ policy: { match }, rules }) => {
        const couldMatch =
          environment === undefined
            ? couldMatchApplication(match, target.name, application)
            : couldMatchEnvironment(match, target.name, application, environment);
        if (!couldMatch) return false;
        const listening = rules.filter(({ hook }) => told.some((one) => one.hook === hook));
        if (told.length > MOST_TRIED) return listening.length > 0;
        return listening.some((rule) =>
          told.some(({ hook, alert }) => hook === rule.hook && rule.mayCount?.(alert, place) === true),
        );
      });
    };
  }

  /** Once at a time, and not too often: what comes meanwhile is taken together. No first look holds up the next search. */
  async function seekNews(signal: AbortSignal): Promise<void> {
    if (isSeeking) return;
    isSeeking = true;
    try {
      while (news.length > 0 && !signal.aborted) {
        const wait = soughtAt + AT_MOST_EVERY - clock.elapsed();
        if (wait > 0) await clock.sleep(wait, signal);
        const told = news;
        news = [];
        soughtAt = clock.elapsed();
        await take((onSeen) => find.among(meantBy(told), signal, onSeen), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      isSeeking = false;
    }
  }

  return {
    async at(applicationId, environmentId, signal) {
      const key = JSON.stringify([applicationId, environmentId]);
      if (sought.has(key)) return;
      sought.add(key);
      try {
        const { done } = await take((onSeen) => find.at(applicationId, environmentId, signal, onSeen), signal);
        await done;
      } finally {
        sought.delete(key);
      }
    },
    async forAlerts(hook, alerts, signal) {
      if (!hooks.has(hook)) return;
      // One more than are tried says that there were too many.
      for (const alert of alerts) if (news.length <= MOST_TRIED) news.push({ hook, alert });
      if (news.length > 0) await seekNews(signal);
    },
  };
}
