/** Whether a metric is back at the level it had before the deployment, once nobody is exposed any more. */
import type { Deployment } from '../../core/deployment.ts';
import type { Instant } from '../../core/time.ts';
import type { MetricTick } from '../stats/filter.ts';
import { median, sum } from '../stats/ticks.ts';
import { exposureSoFar } from './exposure-so-far.ts';

/** When the rollback took the new configuration from all clients; undefined while it has not. */
export function fallOf(deployment: Deployment): Instant | undefined {
  const { steps } = exposureSoFar(deployment);
  const last = steps.findLastIndex((step, index) => step.share === 0 && (steps[index - 1]?.share ?? 0) > 0);
  if (last >= 0 && last === steps.length - 1) return steps[last]?.at;
  const undone = deployment.state === 'ROLLED_BACK' || deployment.state === 'REVERTED';
  return undone ? (deployment.completedAt ?? steps.at(-1)?.at) : undefined;
}

/** Ticks of which a level is taken before the deployment. */
const BEFORE_TICKS = 60;
const AFTER_TICKS = 3;
/** Standard deviations of a Poisson count that are no news. */
const POISSON_SLACK = 3;

const isTold = ({ value, requests }: MetricTick) => Number.isFinite(value) && Number.isFinite(requests);

export interface LevelAfter {
  /** Of the metric after the rollback to that before the deployment. */
  readonly ratio: number;
  /** Ticks it is taken from. */
  readonly ticks: number;
  /** Whether so few events could be chance. */
  readonly byChance: boolean;
}

/** Undefined while too few ticks after the rollback were told. */
export function levelAfter(
  metric: 'counts' | 'gauge',
  before: readonly MetricTick[],
  after: readonly MetricTick[],
): LevelAfter | undefined {
  const past = before.slice(-BEFORE_TICKS).filter(isTold);
  const now = after.slice(-AFTER_TICKS).filter(isTold);
  if (now.length < 2 || past.length < 10) return undefined;
  if (metric === 'gauge') {
    const level = median(past.map(({ value }) => value));
    const ratio = level > 0 ? median(now.map(({ value }) => value)) / level : 1;
    return { ratio, ticks: now.length, byChance: false };
  }
  const events = (ticks: readonly MetricTick[]) => sum(ticks.map(({ value }) => value));
  const requests = (ticks: readonly MetricTick[]) => sum(ticks.map((tick) => tick.requests));
  const rate = Math.max(events(past), 0.5) / Math.max(requests(past), 1e-9);
  const expected = rate * requests(now);
  const seen = events(now);
  const byChance = Math.abs(seen - expected) <= POISSON_SLACK * Math.sqrt(expected) + 1;
  return { ratio: expected > 0 ? seen / expected : 1, ticks: now.length, byChance };
}
