/** The loop always comes back, what was begun is ended, and nothing is left behind. */
import { refKey } from '../../../src/core/deployment.ts';
import { watchKey } from '../../../src/core/watch.ts';
import { type Glance, ORIGIN, type Ran } from '../run.ts';
import { MINUTE, POLLS } from '../scenario/scenario.ts';
import { enforcesThrough, type Law, lostRecords, when } from './law.ts';

/** A decision that was taken is carried out to its end, unless its policy was removed or does not enforce any more. */
export const decidedIsDone: Law = (ran) => {
  const { told } = ran;
  if (lostRecords(ran)) return [];
  const enforces = (name: string, from: number, to: number) =>
    ran.scenario.policies.some((policy) => policy.name === name && enforcesThrough(policy, from, to));
  return told.flatMap(({ at, daemon, event }) => {
    if (event.kind !== 'stop-decided') return [];
    const key = refKey(event.watch.deployment);
    const ended = told.some(({ daemon: same, event: end, at: then }) => {
      if (same !== daemon) return false;
      if (end.kind === 'stop-settled') return refKey(end.deployment) === key;
      if (!('watch' in end) || watchKey(end.watch) !== watchKey(event.watch)) return false;
      // Without leave to try again it is followed until it is undone, and has its end there.
      if (end.kind === 'watch-released')
        return /was removed/.test(end.because) || !enforces(event.watch.policy, at, then);
      return end.kind === 'deployment-discovered' && end.mode === 'observe' && then >= at;
    });
    return ended ? [] : [`${key} was to be stopped at ${when(at)}, and never ended`];
  });
};

function lastOf({ glances }: Ran): readonly Glance[] {
  const at = glances.at(-1)?.at;
  return glances.filter((glance) => glance.at === at);
}

export const everyWatchEnds: Law = (ran) => {
  const last = lastOf(ran);
  return [
    ...(last.length === ran.scenario.daemons
      ? []
      : [`${last.length} of ${ran.scenario.daemons} daemons live at the end`]),
    ...last.flatMap(({ state }) => [
      ...state.watches.map(
        ({ ref, phase, deployment }) => `still watched: ${watchKey(ref)}, ${phase}, ${deployment.state}`,
      ),
      ...(state.stopsInFlight === 0 ? [] : [`${state.stopsInFlight} stops are still under way`]),
    ]),
  ];
};

/** After trouble this long it must be as if nothing had been. */
const RECOVERY = 6 * MINUTE;

function quietSince({ scenario, lives }: Ran, at: number, daemon: number): boolean {
  const now = at - ORIGIN;
  const { faults, clocks, disks } = scenario;
  const spans = [...faults, ...clocks, ...disks];
  const born = lives.findLast((life) => life.daemon === daemon && life.from <= at)?.from ?? at;
  return at - born > RECOVERY && spans.every(({ from, to }) => now < from || now > to + RECOVERY);
}

/** Every target is looked at and discovered again and again, from soon after the end of any trouble on. */
export const loopComesBack: Law = (ran) => {
  const { poll, slowest, reloads, policies } = ran.scenario;
  const allowed = 2 * POLLS[poll] + MINUTE + 10 * slowest;
  const changed = [...reloads, ...policies.flatMap(({ changes }) => changes.map(({ at }) => at))];
  return ran.glances.flatMap(({ at, daemon, state }) => {
    // A new generation begins anew.
    if (changed.some((change) => Math.abs(at - ORIGIN - change) < RECOVERY)) return [];
    if (!quietSince(ran, at, daemon)) return [];
    return state.targets.flatMap(({ name, lookedAt = 0, discoveredAt = 0, unreachableSince }) => {
      const late = [
        ...(at - lookedAt > allowed ? ['looked at'] : []),
        ...(at - discoveredAt > allowed ? ['discovered'] : []),
        ...(unreachableSince === undefined ? [] : ['reachable']),
      ];
      return late.map((what) => `${name} was not ${what} for long at ${when(at)}`);
    });
  });
};

/** The shop's own clockwork. */
const SHOP = 1;

export const nothingIsLeft: Law = ({ leftWaiting }) =>
  leftWaiting <= SHOP ? [] : [`${leftWaiting - SHOP} timers of the daemons are left after their end`];

export const itAlwaysStarts: Law = ({ failedStarts }) => failedStarts.map((error) => `cannot start: ${String(error)}`);

/** A watch begins again by an answer of before its end that was late: the look that follows at once ends that one. */
const LATE = 3 * MINUTE;

/** Each watch is discovered first and released last. */
export const watchesFold: Law = (ran) => {
  const { told } = ran;
  if (lostRecords(ran)) return [];
  const phases = new Map<string, string>();
  const releasedAt = new Map<string, number>();
  return told.flatMap(({ at, daemon, event }) => {
    if (!('watch' in event)) return [];
    const key = `${daemon}#${watchKey(event.watch)}`;
    const phase = phases.get(key);
    if (event.kind === 'watch-released') {
      phases.set(key, event.because);
      releasedAt.set(key, at);
    }
    if (event.kind === 'deployment-discovered') {
      phases.set(key, 'open');
      const known = phase === undefined || phase === 'open' || phase.includes('policy was removed');
      const again = !known && at - (releasedAt.get(key) ?? 0) > LATE;
      return again ? [`${key} began again at ${when(at)} after: ${phase}`] : [];
    }
    if (phase === 'open') return [];
    return [`${event.kind} for ${key} ${phase === undefined ? 'before it began' : `after: ${phase}`}`];
  });
};

/** The journal is closed last, and says then what it could and could not write. */
const LAST_WORDS: ReadonlySet<string> = new Set(['journal-failed', 'journal-recovered']);

export const nothingAfterTheEnd: Law = ({ told }) => {
  const ended = new Set<number>();
  return told.flatMap(({ event, life }) => {
    if (ended.has(life)) return LAST_WORDS.has(event.kind) ? [] : [`${event.kind} after daemon-stopped`];
    if (event.kind === 'daemon-stopped') ended.add(life);
    return [];
  });
};

export const noFaultOfItsOwn: Law = ({ told }) =>
  told.flatMap(({ event, at }) => {
    if (event.kind === 'cycle-failed') return [`cycle-failed at ${when(at)}: ${event.failure.message}`];
    const failure = 'failure' in event ? event.failure : undefined;
    if (failure?.reason === 'internal') return [`${event.kind}: ${failure.message}`];
    return failure?.reason === 'aborted' && event.kind !== 'stop-attempt-failed' ? [`${event.kind}: given up`] : [];
  });
