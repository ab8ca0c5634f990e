/** One look at one deployment: read it, ask every rule of every watch, decide, act. */
import type { Deployment } from '../core/deployment.ts';
import type { Instant } from '../core/time.ts';
import { act, isRunning, type LookDeps, release, takeVerdict } from './deciding.ts';
import { judge } from './judging.ts';
import { Reading, read } from './reading.ts';
import { weighing } from './rule.ts';

/**
 * One look at a deployment under watch. Never rejects for what AWS does; rules are asked even when AppConfig is down.
 * `isFresh`: it was read a moment ago.
 *
 * The rules do not wait for the read: those of all looks that begin in one turn are asked together, which costs as few
 * calls as there can be, however long the reads take their turns at the quota.
 */
export async function lookAt(
  deployment: Deployment,
  deps: LookDeps,
  signal: AbortSignal,
  isFresh = false,
): Promise<void> {
  const reading = new Reading(deps, deployment, signal, isFresh);
  const judging: Promise<void>[] = [];
  for (const watch of deps.book.of(deployment.ref)) {
    const active = deps.policyOf(watch.ref.policy);
    if (active !== undefined) judging.push(judge(deps, watch, active, reading, signal));
    else if (watch.phase !== 'stopping') release(deps, watch, 'its policy was removed');
  }
  await Promise.all([reading.over, ...judging]);
  if (reading.seen !== 'gone' || signal.aborted) return;
  for (const watch of deps.book.of(deployment.ref)) {
    // What is being stopped is left to its stop, whose end is told to the watch.
    if (watch.phase !== 'stopping') release(deps, watch, 'the deployment does not exist any more');
  }
  // Told wrongly it would be listed on: then it is found and watched again.
  deps.onVanished(deployment.ref);
}

/**
 * Judges the rules whose alerts come by this hook, now, and decides. What other rules said in the last look, which began
 * at `freshSince`, counts beside it. The deployment is taken as it was last seen: it is read first only where a policy
 * leaves it alone while it bakes, since it may have begun to.
 */
export async function hear(
  deployment: Deployment,
  hook: string,
  deps: LookDeps,
  freshSince: Instant,
  signal: AbortSignal,
): Promise<void> {
  let reading: ReturnType<typeof read> | undefined;
  const readOnce = () => {
    reading ??= read(deps, deployment, signal, Promise.resolve());
    return reading;
  };
  const hearing = deps.book.of(deployment.ref).map(async (watch) => {
    const active = deps.policyOf(watch.ref.policy);
    const rules = active?.rules.filter((rule) => rule.hook === hook) ?? [];
    if (active === undefined || rules.length === 0) return;
    let breached = false;
    for (const rule of rules) {
      const weigh = await weighing(rule, watch.deployment, deps.clock.now(), signal);
      if (signal.aborted) return;
      const verdict = weigh(deps.book.now(watch.ref)?.deployment ?? watch.deployment);
      breached ||= verdict.kind === 'breached';
      takeVerdict(deps, watch.ref, rule.name, verdict);
    }
    const must = breached && active.policy.baking === 'ignore' && isRunning(deps, watch.ref);
    const seen = must ? await readOnce() : 'unread';
    if (signal.aborted || !isRunning(deps, watch.ref)) return;
    act(deps, watch.ref, active, freshSince, seen !== 'seen');
  });
  await Promise.all(hearing);
}
