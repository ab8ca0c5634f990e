/** What the daemon is doing, as JSON: for /status, the `status` command, and people with curl. */
import { deploymentTitle, exposureAt } from '../core/deployment.ts';
import type { JsonObject } from '../core/json.ts';
import { type Instant, iso } from '../core/time.ts';
import type { RuleStatus, Watch } from '../core/watch.ts';
import type { DaemonState } from '../engine/daemon.ts';

function when(name: string, at: Instant | undefined): JsonObject {
  return at === undefined ? {} : { [name]: iso(at) };
}

function ruleToJson(status: RuleStatus): JsonObject {
  return {
    rule: status.rule,
    verdict: status.verdict?.kind ?? 'not-judged-yet',
    because: status.verdict?.because ?? '',
    ...when('judgedAt', status.judgedAt),
    ...when('unknownSince', status.unknownSince),
  };
}

function stopToJson({ stop }: Watch): JsonObject {
  if (stop === undefined) return {};
  const outcome = stop.outcome === undefined ? {} : { outcome: stop.outcome.kind };
  return { stop: { decidedAt: iso(stop.decidedAt), because: stop.because, ...outcome } };
}

function watchToJson(watch: Watch, now: Instant): JsonObject {
  const { deployment } = watch;
  return {
    deployment: deploymentTitle(deployment),
    target: deployment.ref.target,
    ...(deployment.account === undefined ? {} : { account: deployment.account }),
    region: deployment.ref.region,
    application: { ...deployment.application },
    environment: { ...deployment.environment },
    profile: { ...deployment.profile },
    number: deployment.ref.number,
    version: deployment.version,
    state: deployment.state,
    percentage: deployment.percentage,
    exposure: exposureAt(deployment, now),
    startedAt: iso(deployment.startedAt),
    policy: watch.ref.policy,
    mode: watch.mode,
    phase: watch.phase,
    rules: Object.values(watch.rules).map(ruleToJson),
    withheld: watch.withheld,
    ...stopToJson(watch),
    ...(watch.recovery === undefined ? {} : { recovery: watch.recovery }),
  };
}

export interface StatusFacts {
  readonly version: string;
  readonly startedAt: Instant;
  /** SHA-256 of the policy file in force. */
  readonly digest: string;
}

export function statusOf(state: DaemonState, facts: StatusFacts, now: Instant): JsonObject {
  return {
    version: facts.version,
    now: iso(now),
    startedAt: iso(facts.startedAt),
    policyDigest: facts.digest,
    policies: state.config.policies.map(({ name, mode }) => ({ name, mode })),
    circuit: state.circuit,
    stopsInFlight: state.stopsInFlight,
    targets: state.targets.map((target) => ({
      name: target.name,
      reachable: target.unreachableSince === undefined,
      ...when('discoveredAt', target.discoveredAt),
      ...when('lookedAt', target.lookedAt),
      ...when('unreachableSince', target.unreachableSince),
    })),
    watches: state.watches.map((watch) => watchToJson(watch, now)),
  };
}
