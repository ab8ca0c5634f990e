/** Harm that a policy enforces against is stopped within a bound, or somebody is told. */
import { refKey } from '../../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import { parseDuration } from '../../../src/lib/schema.ts';
import { ORIGIN, type Ran } from '../run.ts';
import { MINUTE, POLLS, type PolicyPlan } from '../scenario/scenario.ts';
import type { Rollout } from '../world/shop.ts';
import { enforcesThrough, keyOf, type Law, nameOf, policiesOf, when } from './law.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** When the metric's evidence is in: two settled minutes of three, wholly after the start, with more than 1 % errors. */
function metricEvidence({ shop, scenario }: Ran, { site, startedAt, completesAt }: Rollout): number | undefined {
  const settle = parseDuration(scenario.settle) ?? 0;
  const first = Math.ceil(startedAt / MINUTE) * MINUTE;
  for (let at = first; at < completesAt; at += MINUTE) {
    const last = [at, at - MINUTE, at - 2 * MINUTE].filter((minute) => minute >= first);
    const bad = last.filter((minute) => (shop.errorsOf(site.name, minute) ?? 0) > 1);
    if (bad.length >= 2) return at + MINUTE + settle;
  }
  return undefined;
}

/** When everything is known that the policy needs to say stop. */
function evidenceFor(ran: Ran, rollout: Rollout, { rules, stopWhen }: PolicyPlan): number | undefined {
  const times = rules.map((rule) => {
    if (rule === 'hook') return rollout.pagedAt;
    return rule === 'pager' ? rollout.rangAt : metricEvidence(ran, rollout);
  });
  const known = times.filter((at) => at !== undefined);
  if (known.length === 0 || (stopWhen === 'all' && known.length < times.length)) return undefined;
  return stopWhen === 'all' ? Math.max(...known) : Math.min(...known);
}

function stoppableUntil({ baking }: PolicyPlan, { bakesAt, completesAt }: Rollout): number {
  return baking === 'ignore' ? bakesAt : completesAt;
}

/** A stop that failed is tried again after at most two minutes, calls time out after 20 s, and things take their time. */
const AFTERMATH = 3 * MINUTE;

/** Stretches in which the daemon is not there, or begins anew. */
function breaks({ scenario, lives, endedAt }: Ran): readonly Span[] {
  const { clocks, reloads, policies } = scenario;
  const downs = lives.flatMap(({ daemon, life, to }): readonly Span[] => {
    const next = lives.find((one) => one.daemon === daemon && one.life > life);
    return to === undefined ? [] : [{ from: to, to: (next?.from ?? endedAt) + MINUTE }];
  });
  const changes = [...reloads, ...policies.flatMap((policy) => policy.changes.map(({ at }) => at))];
  return [
    ...clocks.map(({ from, to }) => ({ from: ORIGIN + from, to: ORIGIN + to + AFTERMATH })),
    ...changes.map((at) => ({ from: ORIGIN + at, to: ORIGIN + at + MINUTE })),
    ...downs,
  ];
}

/** Stretches in which the daemon cannot be held to a bound. A journal that fails is none: it never holds up a stop. */
function troubles(ran: Ran): readonly Span[] {
  const late = (by = 0) => AFTERMATH + by;
  const faults = ran.scenario.faults.map(({ from, to, rule }) => ({
    from: ORIGIN + from,
    to: ORIGIN + to + late(rule.by),
  }));
  return [...faults, ...breaks(ran)];
}

/** What a stop needs once its evidence is in and nothing is in its way: a poll, slow answers, one call after another. */
function boundOf({ poll, slowest }: Ran['scenario']): number {
  return POLLS[poll] + 15_000 + 6 * slowest + (slowest > 1_000 ? POLLS[poll] + 20_000 : 0);
}

/** The first instant from then on after which nothing goes wrong for so long. */
function quietFrom(from: number, length: number, spans: readonly Span[]): number {
  let at = from;
  for (;;) {
    const inTheWay = spans.find((span) => span.from <= at + length && span.to >= at);
    if (inTheWay === undefined) return at;
    at = inTheWay.to + 1;
  }
}

function circuitOpened({ told }: Ran, before: number): boolean {
  return told.some(({ at, event }) => event.kind === 'circuit-opened' && at <= before);
}

/** Harm under a policy that enforces all the while; each with its evidence. */
function* harms(ran: Ran) {
  for (const rollout of ran.rollouts) {
    if (rollout.plan.harm === 0) continue;
    for (const policy of policiesOf(ran, rollout)) {
      const until = stoppableUntil(policy, rollout);
      const evidence = evidenceFor(ran, rollout, policy);
      const enforced = enforcesThrough(policy, rollout.startedAt - MINUTE, rollout.completesAt);
      if (evidence !== undefined && enforced) yield { rollout, policy, evidence, until };
    }
  }
}

export const harmIsStoppedInTime: Law = (ran) => {
  const spans = troubles(ran);
  const bound = boundOf(ran.scenario);
  return [...harms(ran)].flatMap(({ rollout, policy, evidence, until }) => {
    const by = quietFrom(evidence, bound, spans) + bound;
    if (by >= until || circuitOpened(ran, by)) return [];
    const { undone } = rollout;
    if (undone !== undefined && undone.at <= by) return [];
    const then = undone === undefined ? 'never' : `at ${when(undone.at)}`;
    return [
      `${nameOf(rollout)} under ${policy.name}: evidence at ${when(evidence)}, due by ${when(by)}, undone ${then}`,
    ];
  });
};

const LOUD: ReadonlySet<WatchdogEvent['kind']> = new Set([
  'stop-failed',
  'stop-overdue',
  'rule-unknown-too-long',
  'target-unreachable',
  'circuit-opened',
  'unguarded',
  'deployment-missed',
]);

function isLoud(event: WatchdogEvent): boolean {
  if (event.kind === 'stop-settled') return event.outcome.kind === 'already-over' && event.outcome.state === 'COMPLETE';
  // What came too late is told as such: it baked by then, or was complete.
  if (event.kind === 'watch-released') return event.unjudged.length > 0 || event.because.includes('it does harm');
  return LOUD.has(event.kind) || (event.kind === 'stop-withheld' && event.reason !== 'observe');
}

/** Whether an event is about a deployment, or about the whole of its target or of the daemon. */
function concerns(event: WatchdogEvent, rollout: Rollout): boolean {
  if ('watch' in event) return refKey(event.watch.deployment) === keyOf(rollout);
  if ('deployment' in event) return refKey(event.deployment) === keyOf(rollout);
  if (event.kind === 'deployment-missed') {
    return event.number === rollout.number && event.environment.id === rollout.site.environmentId;
  }
  return 'target' in event ? event.target === rollout.site.target : true;
}

/** Whether it was told while it mattered or soon after, whatever AWS does, or had been told before and went on. */
export const harmIsStoppedOrTold: Law = (ran) => {
  const bound = boundOf(ran.scenario);
  const soon = sweptWithin(ran.scenario) + AFTERMATH;
  const spans = breaks(ran);
  return [...harms(ran)].flatMap(({ rollout, policy, evidence, until }) => {
    if (evidence + bound >= until || rollout.undone !== undefined) return [];
    const due = quietFrom(until, soon, spans) + soon;
    const loud = ran.told.some(
      ({ at, event }) =>
        isLoud(event) && concerns(event, rollout) && at >= rollout.startedAt - 60 * MINUTE && at <= due,
    );
    return loud
      ? []
      : [`${nameOf(rollout)} under ${policy.name} did harm from ${when(evidence)} on, and nobody was told`];
  });
};

/** Without any trouble there is not a loud word; a rollback that outlasts its deadline is loud by right. */
export const calmIsQuiet: Law = (ran) => {
  const { faults, ends, reloads, clocks, disks } = ran.scenario;
  if (faults.length + ends.length + reloads.length + clocks.length + disks.length > 0) return [];
  // A narrow limit of stops is reached by right.
  if (ran.scenario.daemons > 1 || ran.scenario.limits.stops < 100) return [];
  const slow = new Set<WatchdogEvent['kind']>([
    'stop-overdue',
    'stop-failed',
    'watch-released',
    'deployment-missed',
    'stop-withheld',
  ]);
  const isWord = (event: WatchdogEvent) => isLoud(event) || event.kind === 'discovery-incomplete';
  const loud = ran.told.filter(({ event }) => isWord(event) && !slow.has(event.kind));
  return loud.map(({ event, at }) => `${event.kind} at ${when(at)} although nothing was wrong`);
};

/** The longest sweep of a scenario, and what a pass with slow answers takes. */
function sweptWithin({ poll, slowest }: Ran['scenario']): number {
  return 5 * MINUTE + 2 * POLLS[poll] + MINUTE + 10 * slowest;
}

const TOLD_UNWATCHED: ReadonlySet<WatchdogEvent['kind']> = new Set([
  'deployment-discovered',
  'deployment-missed',
  'target-unreachable',
  'discovery-incomplete',
]);

/** What a policy names all the while is watched, or told as not watched, by each daemon that was there for all of it. */
export const unwatchedIsTold: Law = (ran) => {
  const { scenario, rollouts, lives, told, endedAt } = ran;
  const bound = sweptWithin(scenario);
  const spans = troubles(ran);
  const isAlwaysThere = ({ mode, changes }: PolicyPlan) =>
    [mode, ...changes.map(({ to }) => to)].every((one) => one !== 'absent');
  return rollouts.flatMap((rollout) => {
    if (!policiesOf(ran, rollout).some(isAlwaysThere)) return [];
    const over = (rollout.undone?.at ?? rollout.completesAt) + scenario.aws.rollback;
    const due = quietFrom(over, bound, spans) + bound;
    return lives.flatMap(({ daemon, life, from, to = endedAt }) => {
      if (from > rollout.startedAt - MINUTE || due >= to) return [];
      const isTold = told.some(
        (one) =>
          one.daemon === daemon &&
          one.life === life &&
          TOLD_UNWATCHED.has(one.event.kind) &&
          concerns(one.event, rollout),
      );
      return isTold
        ? []
        : [`${nameOf(rollout)} was over by ${when(over)}, and daemon ${daemon} neither watched it nor said so`];
    });
  });
};
