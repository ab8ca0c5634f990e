/** What laws have in common: a law answers with what broke it. */
import { refKey } from '../../../src/core/deployment.ts';
import { ORIGIN, type Ran } from '../run.ts';
import { modeAt, type PolicyPlan } from '../scenario/scenario.ts';
import type { Rollout } from '../world/shop.ts';
import type { Exchange } from '../world/transport.ts';

export type Law = (ran: Ran) => readonly string[];

export function keyOf({ site, number }: Rollout): string {
  return refKey({ ...site, number });
}

export function nameOf({ site, number }: Rollout): string {
  return `${site.name}/${number}`;
}

/** Minutes after the start, as a person reads them. */
export function when(at: number): string {
  return `${((at - ORIGIN) / 60_000).toFixed(2)} min`;
}

/** Records that waited for a disk ended with their process: what the next life goes on from is not all there was. */
export function lostRecords({ scenario, lives }: Ran): boolean {
  return scenario.disks.length > 0 && lives.length > scenario.daemons;
}

/** The StopDeployment calls of the daemons, each with the deployment it was for. */
export function stopCalls({ exchanges, rollouts }: Ran): readonly { call: Exchange; rollout: Rollout }[] {
  const byPath = new Map(
    rollouts.map((one) => [
      `/applications/${one.site.applicationId}/environments/${one.site.environmentId}/deployments/${one.number}`,
      one,
    ]),
  );
  return exchanges.flatMap((call) => {
    const rollout = byPath.get(call.path);
    return call.operation === 'StopDeployment' && rollout !== undefined ? [{ call, rollout }] : [];
  });
}

export function policiesOf({ scenario }: Ran, { site }: Rollout): readonly PolicyPlan[] {
  return scenario.policies.filter(({ environment }) => environment === site.name);
}

/** Whether a policy enforces at every instant of a stretch (in true time). */
export function enforcesThrough(policy: PolicyPlan, from: number, to: number): boolean {
  const instants = [from - ORIGIN, ...policy.changes.map(({ at }) => at).filter((at) => at > from - ORIGIN)];
  return instants.filter((at) => at <= to - ORIGIN).every((at) => modeAt(policy, at) === 'enforce');
}
