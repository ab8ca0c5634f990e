/** What no run may ever do. */
import { refKey, stageOf } from '../../../src/core/deployment.ts';
import type { Ran } from '../run.ts';
import { ORIGIN } from '../run.ts';
import { modeAt, type PolicyPlan } from '../scenario/scenario.ts';
import type { Rollout } from '../world/shop.ts';
import type { Exchange } from '../world/transport.ts';
import { keyOf, type Law, nameOf, policiesOf, stopCalls, when } from './law.ts';

/** A shutdown may go on so long under the policies of before. */
const GRACE = 30_000;

function requestsBefore(ran: Ran, call: Exchange, rollout: Rollout) {
  return ran.told.flatMap(({ at, life, event }) => {
    const isIts = event.kind === 'stop-requested' && refKey(event.deployment) === keyOf(rollout);
    return isIts && life === call.life && at <= call.at ? [event] : [];
  });
}

/** Whether a sentence of a stop's reasons can be true of a deployment that does no harm. */
function mayBeSaid(sentence: string, policies: readonly PolicyPlan[], rollout: Rollout): boolean {
  if (sentence.includes('could not be asked since')) return policies.some(({ onUnknown }) => onUnknown.do === 'stop');
  // A revised datapoint may have set the alarm off for a while: it did ring.
  return sentence.startsWith('pager: ') && rollout.rangAt !== undefined;
}

export const healthyIsLeftAlone: Law = (ran) =>
  stopCalls(ran).flatMap(({ call, rollout }) => {
    if (rollout.plan.harm > 0) return [];
    const policies = policiesOf(ran, rollout);
    const reasons = requestsBefore(ran, call, rollout).flatMap(({ because }) => because);
    const excused = reasons.length > 0 && reasons.every((sentence) => mayBeSaid(sentence, policies, rollout));
    return excused ? [] : [`${nameOf(rollout)} is healthy and was to be stopped: ${reasons.join('; ')}`];
  });

export const observedIsLeftAlone: Law = (ran) => {
  const byName = new Map(ran.scenario.policies.map((policy) => [policy.name, policy]));
  const enforcesAbout = (policy: PolicyPlan | undefined, at: number) =>
    policy !== undefined && [0, GRACE].some((ago) => modeAt(policy, at - ORIGIN - ago) === 'enforce');
  const decided = ran.told.flatMap(({ at, event }) => {
    if (event.kind !== 'stop-decided' || enforcesAbout(byName.get(event.watch.policy), at)) return [];
    return [`${event.watch.policy} does not enforce at ${when(at)} and decided to stop`];
  });
  const called = stopCalls(ran).flatMap(({ call, rollout }) => {
    const enforced = policiesOf(ran, rollout).some(
      (policy) =>
        modeAt(policy, rollout.startedAt - ORIGIN) === 'enforce' ||
        policy.changes.some((change) => change.to === 'enforce' && change.at <= call.at - ORIGIN),
    );
    return enforced ? [] : [`${nameOf(rollout)} is under no policy that enforces, and was to be stopped`];
  });
  return [...decided, ...called];
};

export const oneCallAtATime: Law = (ran) => {
  const calls = stopCalls(ran);
  return calls.flatMap(({ call, rollout }, index) => {
    const beside = calls.slice(0, index).some(({ call: other, rollout: same }) => {
      const together = other.life === call.life && same === rollout;
      return together && (other.doneAt === undefined || other.doneAt > call.at);
    });
    return beside ? [`two calls at once for ${nameOf(rollout)} at ${when(call.at)}`] : [];
  });
};

export const oneEffectiveStop: Law = (ran) => {
  const accepted = Map.groupBy(
    stopCalls(ran).filter(({ call }) => call.status === 202),
    ({ rollout }) => rollout,
  );
  return [...accepted].flatMap(([rollout, calls]) =>
    calls.length > 1 ? [`${nameOf(rollout)} was stopped ${calls.length} times`] : [],
  );
};

/** In one life; the next one, that cannot read what it goes on with, may ask for what is done already. */
export const settledIsSettled: Law = (ran) => {
  const calls = stopCalls(ran);
  return ran.told.flatMap(({ at, life, event }) => {
    if (event.kind !== 'stop-settled' || stageOf(event.snapshot.state) !== 'undone') return [];
    const later = calls.filter(
      ({ call, rollout }) => call.life === life && keyOf(rollout) === refKey(event.deployment) && call.at > at,
    );
    return later.map(({ rollout }) => `${nameOf(rollout)} was to be stopped again after it was settled`);
  });
};

/** Who tells people that nobody watched a deployment must not have watched it in the same life. */
export const missedWasUnwatched: Law = (ran) => {
  const watched = new Set<string>();
  return ran.told.flatMap(({ at, life, event }) => {
    const keyIn = (target: string, environmentId: string, number: number) =>
      JSON.stringify([life, target, environmentId, number]);
    if (event.kind === 'deployment-discovered') {
      const { target, environmentId, number } = event.watch.deployment;
      watched.add(keyIn(target, environmentId, number));
    }
    if (event.kind !== 'deployment-missed') return [];
    const { target, environment, number } = event;
    const isFalse = watched.has(keyIn(target, environment.id, number));
    return isFalse ? [`${environment.name}/${number} was watched, and told as missed at ${when(at)}`] : [];
  });
};

/**
 * One daemon keeps below AWS's quotas. Not when the SDK sends again what failed, when a slow network lets requests arrive
 * in heaps, or when a new process does not know what the one before has just asked.
 */
export const quotasAreKept: Law = ({ scenario, exchanges, lives }) => {
  if (scenario.faults.length > 0 || scenario.slowest > 1_000 || lives.length > 1) return [];
  const refused = exchanges.filter(({ status }) => status === 429 || status === 400);
  return refused
    .filter(({ operation }) => operation !== 'StopDeployment')
    .map(({ operation, at, status }) => `${operation} was refused with ${status} at ${when(at)}`);
};
