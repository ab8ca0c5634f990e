/** The people and their customers: who deploys when, what harm a version does, and what the metrics say of it. */
import { type DeploymentPlan, MINUTE, type Scenario } from '../scenario/scenario.ts';
import type { Aws, Seen, Site } from './aws.ts';

/** One deployment as it truly went. */
export interface Rollout {
  readonly plan: DeploymentPlan;
  readonly site: Site;
  readonly number: number;
  readonly startedAt: number;
  readonly bakesAt: number;
  readonly completesAt: number;
  /** As last seen. */
  seen: Seen;
  /** When it began to be undone, and by whom (USER, CLOUDWATCH_ALARM). */
  undone: { readonly at: number; readonly by: string } | undefined;
  /** Somebody else stopped it. */
  stoppedByOthers: boolean;
  /** Since when the site's alarm rings, of those that began after the start. */
  rangAt?: number;
  /** When a daemon first took an alert of somebody else about it. */
  pagedAt?: number;
}

/** A look at the shop: the customers' errors are measured so often. */
export const TICK = 20_000;
/** Harm of a completed deployment that nobody undid goes on this long, until people mend it. */
const MENDED_AFTER = 5 * MINUTE;
/** And so long after harm the next version is deployed at the earliest. */
const PAUSE = 6 * MINUTE;
const BASE = 0.1;
const REQUESTS = 1_000;

const IN_PROGRESS: ReadonlySet<string> = new Set(['VALIDATING', 'DEPLOYING', 'BAKING']);

export interface Shop {
  readonly rollouts: readonly Rollout[];
  /** Per cent of errors over the minute that begins then; undefined when nothing was measured. */
  errorsOf(site: string, minute: number): number | undefined;
  /** Per cent of errors that the site's customers have now. */
  errorsNow(site: Site): number;
  /** A daemon took an alert about a site that fires since then. */
  paged(site: string, since: number): void;
  tick(): void;
  /** Nothing left to deploy, nothing under way, no harm any more. */
  over(): boolean;
  readonly lastEnd: number;
}

function undoneOf({ EventLog: log }: Seen): Rollout['undone'] {
  const begun = log.find(({ EventType }) => EventType === 'ROLLBACK_STARTED' || EventType === 'REVERT_COMPLETED');
  return begun === undefined ? undefined : { at: Date.parse(begun.OccurredAt), by: begun.TriggeredBy };
}

export function shopOf(scenario: Scenario, aws: Aws, origin: number, now: () => number): Shop {
  const rollouts: Rollout[] = [];
  const current = new Map<string, Rollout>();
  const free = new Map<string, number>();
  const waiting = new Map<string, DeploymentPlan[]>();
  for (const { name } of aws.sites) {
    const own = scenario.deployments.filter(({ environment }) => environment === name);
    waiting.set(
      name,
      own.toSorted((one, other) => one.at - other.at),
    );
  }
  const measured = new Map<string, { sum: number; count: number }>();

  /** Per cent of the errors that the site's customers have now. */
  const errorsNow = (site: Site): number => {
    const one = current.get(site.name);
    if (one === undefined || one.plan.harm === 0 || one.undone !== undefined) return BASE;
    if (now() >= one.completesAt + MENDED_AFTER) return BASE;
    return BASE + (one.plan.harm * one.seen.PercentageComplete) / 100;
  };
  const measure = (site: Site, at: number, value: number) => {
    const key = `${site.name}@${Math.floor(at / MINUTE) * MINUTE}`;
    const before = measured.get(key) ?? { sum: 0, count: 0 };
    measured.set(key, { sum: before.sum + value, count: before.count + 1 });
    aws.put(site, [
      { metric: `Rate-${site.name}`, value, at },
      { metric: `Errors-${site.name}`, value: (value * REQUESTS) / 100, at },
      { metric: `Requests-${site.name}`, value: REQUESTS, at },
    ]);
  };
  const look = (site: Site) => {
    const one = current.get(site.name);
    if (one === undefined) return;
    one.seen = aws.see(site, one.number);
    one.undone ??= undoneOf(one.seen);
    if (site.alarm !== 'none' && aws.rings(site)) one.rangAt ??= now();
    const running = IN_PROGRESS.has(one.seen.State);
    const { stoppedAfter } = one.plan;
    if (running && stoppedAfter !== undefined && now() >= one.startedAt + stoppedAfter) {
      aws.stop(site, one.number);
      one.stoppedByOthers = true;
      look(site);
      return;
    }
    const over = one.seen.State === 'ROLLED_BACK' || one.seen.State === 'REVERTED' || one.seen.State === 'COMPLETE';
    const harms = one.plan.harm > 0 && one.undone === undefined && now() < one.completesAt + MENDED_AFTER;
    if (!over || harms) return;
    // A completed one may still be reverted for a while, by a stop in the race.
    if (one.seen.State === 'COMPLETE' && now() < one.completesAt + MENDED_AFTER) return;
    current.delete(site.name);
    free.set(site.name, now() + (one.plan.harm > 0 ? PAUSE : 0));
  };
  const begin = (site: Site) => {
    const [next, ...rest] = waiting.get(site.name) ?? [];
    if (next === undefined || current.has(site.name)) return;
    if (now() < origin + next.at || now() < (free.get(site.name) ?? 0)) return;
    waiting.set(site.name, rest);
    const startedAt = now();
    const number = aws.deploy(site, next);
    // The step of no length at the start is AWS's VALIDATING.
    const bakesAt = startedAt + Math.max(1_000, next.minutes * MINUTE);
    const completesAt = bakesAt + next.bakeMinutes * MINUTE;
    const seen = aws.see(site, number);
    const one: Rollout = {
      plan: next,
      site,
      number,
      startedAt,
      bakesAt,
      completesAt,
      seen,
      undone: undefined,
      stoppedByOthers: false,
    };
    rollouts.push(one);
    current.set(site.name, one);
  };
  // There is a history before anything is deployed.
  for (let at = origin - 15 * MINUTE; at < origin; at += TICK) for (const site of aws.sites) measure(site, at, BASE);
  let lastEnd = origin;
  return {
    rollouts,
    get lastEnd() {
      return lastEnd;
    },
    errorsOf(site, minute) {
      const known = measured.get(`${site}@${minute}`);
      return known === undefined ? undefined : known.sum / known.count;
    },
    errorsNow,
    paged(site, since) {
      const one = current.get(site);
      if (one !== undefined && since >= one.startedAt) one.pagedAt ??= now();
    },
    tick() {
      for (const site of aws.sites) {
        look(site);
        begin(site);
        measure(site, now(), errorsNow(site));
      }
      if (current.size > 0) lastEnd = now();
    },
    over: () => current.size === 0 && [...waiting.values()].every((plans) => plans.length === 0),
  };
}
