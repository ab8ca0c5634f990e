/** Holds what would have been done against what happened, and against what the operator says it was. */
import { type Deployment, deploymentTitle } from '../core/deployment.ts';
import type { Duration, Instant } from '../core/time.ts';
import { type Ending, endingOf, exposureMinutes, firstExposedAt } from './past.ts';
import type { Simulated } from './simulate.ts';

export type Label = 'good' | 'bad';

interface Truth {
  readonly is: Label;
  /** Who says so: the operator's label, or how it ended (what was undone was bad, what completed was good). */
  readonly by: 'label' | 'outcome';
}

export interface Scored {
  readonly deployment: Deployment;
  readonly policy: string;
  readonly ending: Ending;
  readonly truth: Truth;
  readonly simulated: Simulated;
  /** `late`: the policy says stop as well, after somebody had undone it. */
  readonly result: 'stopped' | 'late' | 'missed' | 'false-stop' | 'left-alone';
  /** From the first client that had it to the stop. */
  readonly delay?: Duration;
  /** How much sooner than whoever really undid it; below 0 that much later. */
  readonly sooner?: Duration;
  /** Of all clients together, until the end that is known. */
  readonly minutes: number;
  /** What of these the stop would have saved. */
  readonly saved: number;
}

function resultOf(bad: boolean, stopAt: Instant | undefined, ending: Ending): Scored['result'] {
  if (stopAt === undefined) return bad ? 'missed' : 'left-alone';
  if (!bad) return 'false-stop';
  return ending.kind !== 'completed' && stopAt > ending.at ? 'late' : 'stopped';
}

export function score(deployment: Deployment, policy: string, simulated: Simulated, label?: Label): Scored {
  const ending = endingOf(deployment);
  if (ending === undefined) throw new Error(`${deploymentTitle(deployment)} is not over`);
  const outcome: Label = ending.kind === 'completed' ? 'good' : 'bad';
  const truth: Truth = label === undefined ? { is: outcome, by: 'outcome' } : { is: label, by: 'label' };
  const { stop } = simulated;
  const exposedAt = firstExposedAt(deployment);
  const bad = truth.is === 'bad';
  const minutes = exposureMinutes(deployment, deployment.startedAt, ending.until);
  return {
    deployment,
    policy,
    ending,
    truth,
    simulated,
    result: resultOf(bad, stop?.at, ending),
    minutes,
    saved: bad && stop !== undefined ? exposureMinutes(deployment, stop.at, ending.until) : 0,
    ...(stop === undefined || exposedAt === undefined ? {} : { delay: Math.max(0, stop.at - exposedAt) }),
    ...(stop === undefined || ending.kind === 'completed' ? {} : { sooner: ending.at - stop.at }),
  };
}

export interface Totals {
  readonly deployments: number;
  readonly good: number;
  readonly bad: number;
  readonly falseStops: number;
  readonly misses: number;
  readonly stopped: number;
  /** Somebody had undone them before. */
  readonly late: number;
  /** Of the bad ones that were stopped. */
  readonly medianDelay?: Duration;
  /** Exposure of the bad ones, and what of it the stops would have saved. */
  readonly badMinutes: number;
  readonly savedMinutes: number;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export function totalsOf(scored: readonly Scored[]): Totals {
  const count = (result: Scored['result']) => scored.filter((one) => one.result === result).length;
  const bad = scored.filter(({ truth }) => truth.is === 'bad');
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const delay = median(bad.flatMap((one) => (one.result === 'stopped' ? (one.delay ?? []) : [])));
  return {
    deployments: scored.length,
    good: scored.length - bad.length,
    bad: bad.length,
    falseStops: count('false-stop'),
    misses: count('missed'),
    stopped: count('stopped'),
    late: count('late'),
    badMinutes: sum(bad.map(({ minutes }) => minutes)),
    savedMinutes: sum(bad.map(({ saved }) => saved)),
    ...(delay === undefined ? {} : { medianDelay: delay }),
  };
}
