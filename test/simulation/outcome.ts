/** What came of a run: counts for the table, and the laws that were broken. */
import { type Broken, broken } from './laws/index.ts';
import { type Mutant, run } from './run.ts';
import type { Scenario } from './scenario/scenario.ts';

interface Counts {
  readonly deployments: number;
  readonly harmful: number;
  readonly stopped: number;
  readonly untouched: number;
  readonly withheld: number;
  readonly undoneByOthers: number;
  readonly alerts: number;
  readonly stoppedByAlerts: number;
  readonly requests: number;
  readonly records: number;
  readonly kills: number;
  readonly terms: number;
  readonly reloads: number;
  readonly clockSteps: number;
  readonly diskTroubles: number;
  readonly [fault: `fault ${string}`]: number;
}

export interface Outcome {
  readonly seed: number;
  readonly counts: Counts;
  readonly broken: readonly Broken[];
}

export async function outcomeOf(scenario: Scenario, mutant: Mutant = {}): Promise<Outcome> {
  const ran = await run(scenario, mutant);
  const { rollouts, told, exchanges, lives } = ran;
  const stopped = rollouts.filter(({ undone, stoppedByOthers }) => undone?.by === 'USER' && !stoppedByOthers).length;
  const undone = rollouts.filter((one) => one.undone !== undefined).length;
  const faults: Record<`fault ${string}`, number> = {};
  for (const { rule } of scenario.faults) faults[`fault ${rule.kind}`] = (faults[`fault ${rule.kind}`] ?? 0) + 1;
  return {
    seed: scenario.seed,
    counts: {
      deployments: rollouts.length,
      harmful: rollouts.filter(({ plan }) => plan.harm > 0).length,
      stopped,
      untouched: rollouts.length - undone,
      withheld: told.filter(({ event }) => event.kind === 'stop-withheld').length,
      undoneByOthers: undone - stopped,
      alerts: told.filter(({ event }) => event.kind === 'alert-received').length,
      stoppedByAlerts: told.filter(
        ({ event }) => event.kind === 'stop-decided' && event.because.some((one) => one.startsWith('hook: ')),
      ).length,
      requests: exchanges.length,
      records: told.length,
      kills: lives.filter(({ how }) => how === 'kill').length,
      terms: lives.filter(({ how, to }) => how === 'term' && to !== undefined && to < ran.endedAt).length,
      reloads: told.filter(({ event }) => event.kind === 'policy-loaded' && event.reload).length,
      clockSteps: scenario.clocks.length,
      diskTroubles: scenario.disks.length,
      ...faults,
    },
    broken: broken(ran),
  };
}
