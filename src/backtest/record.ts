/** What a journal holds of one watch, in the order it was written: all that a decision was, and can again be, made from. */
import { type Deployment, exposureAt, refKey } from '../core/deployment.ts';
import type { Recovery, WatchdogEvent, WatchRef, WithheldReason } from '../core/event.ts';
import type { Duration, Instant } from '../core/time.ts';
import { watchKey } from '../core/watch.ts';

export interface WatchRecord {
  readonly watch: WatchRef;
  /** As it was seen last, with its whole event log. */
  readonly deployment: Deployment;
  /** Those of the watch, and those of others that a decision rests on: holds, the circuit, the daemon's own life. */
  readonly events: readonly WatchdogEvent[];
}

/** Something that was decided, or would have been. */
export type Action = {
  readonly at: Instant;
  /** Share (0..1) of the clients that had the new configuration then. */
  readonly exposure: number;
  readonly because: readonly string[];
  /** Decided at a look that left nothing on record: when exactly the daemon looked then is not known. */
  readonly assumed?: true;
} & (
  | { readonly kind: 'stop' | 'operator-stop' | 'too-late' }
  | { readonly kind: 'withhold'; readonly reason: WithheldReason }
  | { readonly kind: 'recovery'; readonly recovery: Recovery }
);

/** Events that are about no watch and bear on the decisions of all. */
export const SHARED_KINDS = ['circuit-opened', 'circuit-closed', 'daemon-started', 'daemon-stopped'] as const;
const SHARED: ReadonlySet<string> = new Set(SHARED_KINDS);

/** Each watch of a deployment, out of the events of a journal in their order. */
export function watchRecords(events: readonly WatchdogEvent[], deploymentKey: string): readonly WatchRecord[] {
  const own = events.filter((event) => {
    if ('watch' in event) return refKey(event.watch.deployment) === deploymentKey;
    return 'deployment' in event ? refKey(event.deployment) === deploymentKey : SHARED.has(event.kind);
  });
  const deployment = own.flatMap((event) => ('snapshot' in event ? event.snapshot : [])).at(-1);
  if (deployment === undefined) return [];
  const watches = new Map(own.flatMap((event) => ('watch' in event ? [[watchKey(event.watch), event.watch]] : [])));
  return [...watches].map(([key, watch]) => ({
    watch,
    deployment,
    events: own.filter((event) => !('watch' in event) || watchKey(event.watch) === key),
  }));
}

/** What was decided at the time; a stop that was tried again counts once. */
export function recordedActions({ deployment, events }: WatchRecord): readonly Action[] {
  let stopped = false;
  return events.flatMap((event): readonly Action[] => {
    const header = { at: event.at, exposure: exposureAt(deployment, event.at) };
    switch (event.kind) {
      case 'stop-decided': {
        if (stopped) return [];
        stopped = true;
        const kind = event.by?.kind === 'operator' ? 'operator-stop' : 'stop';
        return [{ kind, ...header, because: event.because }];
      }
      case 'stop-withheld':
        return [{ kind: 'withhold', ...header, reason: event.reason, because: event.because }];
      case 'recovery-judged':
        return [{ kind: 'recovery', ...header, recovery: event.recovery, because: event.because }];
      case 'watch-released': {
        const { unstopped = [] } = event;
        return unstopped.length === 0 ? [] : [{ kind: 'too-late', ...header, because: unstopped }];
      }
      default:
        return [];
    }
  });
}

/** Looks are further apart than this, and what one look finds is on record within it. */
const ONE_LOOK: Duration = 2_000;
/** Where nothing was recorded, every look said what the one before had said: time still went on. */
const BETWEEN: Duration = 15_000;
/** More than this is no watch of a deployment any more. */
const MOST_LOOKS = 200_000;

export interface Look {
  readonly at: Instant;
  /** False where something was told, and nobody looked. */
  readonly looks: boolean;
  readonly events: readonly WatchdogEvent[];
}

/** What people tell comes between two looks, and is none. */
const TOLD: ReadonlySet<string> = new Set(['deployment-held', 'hold-released', 'circuit-closed']);

function bursts(events: readonly WatchdogEvent[]): readonly Look[] {
  const looks: { at: Instant; looks: boolean; events: WatchdogEvent[] }[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const last = looks.at(-1);
    const apart = TOLD.has(event.kind) || (last !== undefined && TOLD.has(last.events[0]?.kind ?? ''));
    if (last !== undefined && !apart && Math.abs(event.at - before) < ONE_LOOK) last.events.push(event);
    else looks.push({ at: event.at, looks: !TOLD.has(event.kind), events: [event] });
    before = event.at;
  }
  return looks;
}

/** The looks of a watch, those that found nothing new among them; none while no daemon ran. */
export function looksOf({ events }: WatchRecord): readonly Look[] {
  const looks: Look[] = [];
  let down = false;
  for (const burst of bursts(events)) {
    const since = looks.at(-1)?.at;
    const restarted = burst.events.some((event) => event.kind === 'daemon-started');
    if (since !== undefined && !down && !restarted) {
      for (let at = since + BETWEEN; at < burst.at - ONE_LOOK && looks.length < MOST_LOOKS; at += BETWEEN) {
        looks.push({ at, looks: true, events: [] });
      }
    }
    looks.push(burst);
    for (const { kind } of burst.events) {
      if (kind === 'daemon-stopped') down = true;
      if (kind === 'daemon-started') down = false;
    }
  }
  return looks;
}
