/** After a rollback: whether the deployment did it, or an incident that only coincided. Told then and never before. */
import type { Deployment } from '../../core/deployment.ts';
import type { Duration } from '../../core/time.ts';
import { type Attribution, attributionOf, attributionPath } from '../stats/attribution.ts';
import { type DoseSoFar, doseTicksOf } from './dose-follower.ts';
import type { DoseSetup } from './dose-options.ts';

/** Ticks after the fall of the exposure below which the answer would be wrong about as often as right. */
export const ATTRIBUTION_TICKS = 5;

export interface Cause {
  readonly attribution: Attribution;
  readonly logBayesFactor: number;
}

/** Undefined for gauges and drops, of which nothing is measured. */
export function causeOf(
  { durationMinutes, bakeMinutes }: Deployment,
  period: Duration,
  following: DoseSoFar,
  setup: DoseSetup,
): Cause | undefined {
  const [fit] = following.dose.fits;
  if (setup.harm !== 'up' || fit === undefined || !('omega' in fit)) return undefined;
  const ticks = doseTicksOf(following, setup);
  const first = ticks.findIndex(({ exposure }) => exposure > 0);
  if (first < 0) return undefined;
  const planned = Math.ceil(((durationMinutes + bakeMinutes) * 60_000) / period);
  const last = Math.min(Math.max(planned - 1, first), ticks.length - 1);
  const logBayesFactor = attributionPath(fit, ticks, { first, last }).at(-1);
  return logBayesFactor === undefined ? undefined : { attribution: attributionOf(logBayesFactor), logBayesFactor };
}

const MOST_TOLD = 1_000;

export function causeInWords({ attribution, logBayesFactor }: Cause): string {
  const odds = Math.exp(Math.abs(logBayesFactor));
  const told = odds > MOST_TOLD ? `over ${MOST_TOLD}` : odds.toFixed(0);
  switch (attribution) {
    case 'deployment':
      return `it followed the exposure up and down, so the deployment did it (odds ${told} to 1 against an incident that coincided)`;
    case 'incident':
      return `it did not follow the exposure, so an incident coincided and the deployment did not do it (odds ${told} to 1)`;
    case 'undecided':
      return 'whether the deployment did it or an incident that coincided cannot be told';
  }
}
