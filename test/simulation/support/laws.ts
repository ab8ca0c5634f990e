/** What must hold of every run, each law a sentence; a law answers with what broke it. */
import { type DeploymentRef, refKey, stageOf } from '../../../src/core/deployment.ts';
import type { EventKind, WatchdogEvent } from '../../../src/core/event.ts';
import { watchKey } from '../../../src/core/watch.ts';
import { ENFORCED, OBSERVED } from './policies.ts';
import type { Rollout } from './rollout.ts';
import type { Ran } from './run.ts';

type Law = (ran: Ran) => readonly string[];

const MINUTE = 60_000;
/** What a watch may need beyond its evidence: a poll, slow answers, one rule after another. */
const SLACK = 45_000;
/** The slowest answer there is, there and back, on a clock that jumps meanwhile. */
const LATE = 17 * MINUTE;

const nameOf = (ref: DeploymentRef) => `${ref.environmentId}/${ref.number}`;

/** When the metric's evidence is in: two settled minutes of three, wholly after the start, with more than 1 % errors. */
function evidenceAt({ shop }: Ran, { ref, startedAt, completesAt }: Rollout): number | undefined {
  const first = Math.ceil(startedAt / MINUTE) * MINUTE;
  for (let at = first; at < completesAt; at += MINUTE) {
    const last = [at, at - MINUTE, at - 2 * MINUTE].filter((minute) => minute >= first);
    const bad = last.filter((minute) => shop.errorsOf(ref.environmentId, minute) > 1);
    if (bad.length >= 2) return at + MINUTE + 120_000;
  }
  return undefined;
}

/** Until when a stop is what the policies of its environment ask for. */
function stoppableUntil({ variant }: Ran, { ref, bakesAt, completesAt }: Rollout): number {
  if (ref.environmentId === OBSERVED) return Number.NEGATIVE_INFINITY;
  return ref.environmentId === ENFORCED && variant.baking === 'ignore' ? bakesAt : completesAt;
}

const LOUD: ReadonlySet<EventKind> = new Set<EventKind>([
  'stop-failed',
  'stop-overdue',
  'rule-unknown-too-long',
  'target-unreachable',
  'circuit-opened',
  'discovery-incomplete',
  'deployment-missed',
]);

function isLoud(event: WatchdogEvent): boolean {
  if (event.kind === 'stop-settled') return event.outcome.kind === 'already-over' && event.outcome.state === 'COMPLETE';
  return LOUD.has(event.kind) || (event.kind === 'stop-withheld' && event.reason === 'circuit-open');
}

const healthyIsLeftAlone: Law = ({ calls, shop }) =>
  calls.stops
    .filter(({ ref }) => shop.find(ref)?.plan.harm === 0)
    .map(({ ref }) => `${nameOf(ref)} is healthy and was to be stopped`);

const observedIsLeftAlone: Law = ({ calls }) =>
  calls.stops
    .filter(({ ref }) => ref.environmentId === OBSERVED)
    .map(({ ref }) => `${nameOf(ref)} is observed and was to be stopped`);

const oneCallAtATime: Law = ({ calls }) =>
  calls.stops.filter(({ beside }) => beside > 0).map(({ ref }) => `two calls at once for ${nameOf(ref)}`);

const oneEffectiveStop: Law = ({ calls, shop }) =>
  shop.rollouts().flatMap(({ ref }) => {
    const taken = calls.stops.filter((call) => refKey(call.ref) === refKey(ref) && call.taken());
    return taken.length > 1 ? [`${nameOf(ref)} was stopped ${taken.length} times`] : [];
  });

/** In one life; the next one, that cannot read what it goes on with, may ask for what is done already. */
const settledIsSettled: Law = ({ calls, told }) =>
  told.flatMap(({ event, life }) => {
    if (event.kind !== 'stop-settled' || stageOf(event.snapshot.state) !== 'undone') return [];
    const ofLife = calls.stops.filter((call) => call.life === life && refKey(call.ref) === refKey(event.deployment));
    const later = ofLife.filter((call) => call.at > event.at);
    return later.map((call) => `${nameOf(call.ref)} was to be stopped at ${call.at}, and was settled at ${event.at}`);
  });

/** Without any trouble: in time, and without a loud word. */
const calmIsExact: Law = (ran) => {
  if (!ran.calm) return [];
  const late = ran.shop.rollouts().flatMap((one) => {
    const evidence = evidenceAt(ran, one);
    if (evidence === undefined || evidence + SLACK >= stoppableUntil(ran, one)) return [];
    const undone = one.undone();
    if (undone !== undefined && undone.at <= evidence + SLACK) return [];
    return [`${nameOf(one.ref)}: evidence at ${evidence}, undone ${undone?.at ?? 'never'}`];
  });
  // A rollback that outlasts its deadline is loud by right.
  const loud = ran.told.filter(({ event }) => isLoud(event) && !['stop-overdue', 'stop-failed'].includes(event.kind));
  return [...late, ...loud.map(({ event }) => `${event.kind} although nothing was wrong: ${JSON.stringify(event)}`)];
};

/** Whether an event is about a deployment, or about all of them. */
function concerns(event: WatchdogEvent, { ref }: Rollout): boolean {
  const of = 'watch' in event ? event.watch.deployment : 'deployment' in event ? event.deployment : undefined;
  if (of !== undefined) return refKey(of) === refKey(ref);
  return event.kind === 'deployment-missed'
    ? event.number === ref.number && event.environment.id === ref.environmentId
    : true;
}

/** With trouble: what did harm while it could be stopped was stopped, or somebody was told of it. */
const harmIsStoppedOrTold: Law = (ran) =>
  ran.shop.rollouts().flatMap((one) => {
    const evidence = evidenceAt(ran, one);
    if (evidence === undefined || evidence + SLACK >= stoppableUntil(ran, one) || one.undone() !== undefined) return [];
    const loud = ran.told.some(({ event }) => isLoud(event) && concerns(event, one) && event.at >= one.startedAt);
    return loud ? [] : [`${nameOf(one.ref)} did harm from ${evidence} on, and nobody was told`];
  });

/** A decision that was taken is carried out to its end, unless its policy was removed or does not enforce any more. */
const decidedIsDone: Law = ({ told }) =>
  told.flatMap(({ event }) => {
    if (event.kind !== 'stop-decided') return [];
    const key = refKey(event.watch.deployment);
    const ended = told.some(({ event: end }) => {
      if (end.kind === 'stop-settled') return refKey(end.deployment) === key;
      if (!('watch' in end) || watchKey(end.watch) !== watchKey(event.watch)) return false;
      if (end.kind === 'watch-released') return /was removed/.test(end.because);
      return end.kind === 'deployment-discovered' && end.mode === 'observe' && end.at >= event.at;
    });
    return ended ? [] : [`${nameOf(event.watch.deployment)} was to be stopped, and never ended`];
  });

const nothingIsLeft: Law = ({ state }) => [
  ...state.watches.map((watch) => `still watched: ${watchKey(watch.ref)} in ${watch.phase}, ${watch.deployment.state}`),
  ...(state.stopsInFlight === 0 ? [] : [`${state.stopsInFlight} stops are still under way`]),
];

const accessesAreClosed: Law = ({ openAccesses, calls }) => [
  ...(openAccesses === 1 ? [] : [`${openAccesses} accesses were open for one target`]),
  ...(calls.open === 0 ? [] : [`${calls.open} accesses are open after the end`]),
];

const journalVerifies: Law = ({ verified }) => (verified ? [] : ['the journal does not verify']);

/**
 * Each watch is discovered first and released last. It begins again when its policy came back, and by an answer of
 * before that was late: the look that follows at once ends that one.
 */
const watchesFold: Law = ({ told }) => {
  const phases = new Map<string, string>();
  const releasedAt = new Map<string, number>();
  return told.flatMap(({ event }) => {
    if (!('watch' in event)) return [];
    const key = watchKey(event.watch);
    const phase = phases.get(key);
    if (event.kind === 'watch-released') {
      phases.set(key, event.because);
      releasedAt.set(key, event.at);
    }
    if (event.kind === 'deployment-discovered') {
      phases.set(key, 'open');
      const known = phase === undefined || phase === 'open' || phase.includes('policy was removed');
      const again = !known && event.at - (releasedAt.get(key) ?? 0) > LATE;
      return again ? [`${key} began again after: ${phase}`] : [];
    }
    if (phase === 'open') return [];
    return [`${event.kind} for ${key} ${phase === undefined ? 'before it began' : `after: ${phase}`}`];
  });
};

const nothingAfterTheEnd: Law = ({ told }) => {
  const ended = new Set<number>();
  return told.flatMap(({ event, life }) => {
    if (ended.has(life)) return [`${event.kind} after daemon-stopped`];
    if (event.kind === 'daemon-stopped') ended.add(life);
    return [];
  });
};

const noFaultOfItsOwn: Law = ({ told }) =>
  told.flatMap(({ event }) => {
    if (event.kind === 'cycle-failed') return [`cycle-failed: ${event.failure.message}`];
    const failure = 'failure' in event ? event.failure : undefined;
    if (failure?.reason === 'internal') return [`${event.kind}: ${failure.message}`];
    return failure?.reason === 'aborted' && event.kind !== 'stop-attempt-failed' ? [`${event.kind}: given up`] : [];
  });

const LAWS: Readonly<Record<string, Law>> = {
  healthyIsLeftAlone,
  observedIsLeftAlone,
  oneCallAtATime,
  oneEffectiveStop,
  settledIsSettled,
  calmIsExact,
  harmIsStoppedOrTold,
  decidedIsDone,
  nothingIsLeft,
  accessesAreClosed,
  journalVerifies,
  watchesFold,
  nothingAfterTheEnd,
  noFaultOfItsOwn,
};

/** Every law that a run broke, with what broke it. */
export function broken(ran: Ran): readonly string[] {
  return Object.entries(LAWS).flatMap(([name, law]) => law(ran).map((what) => `${name}: ${what}`));
}
