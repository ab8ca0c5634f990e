/** What a former life left in the journal. */
import type { WatchdogEvent } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import { type History, RECENT_KINDS, SHARED_KINDS } from '../engine/daemon.ts';
import type { Journal } from '../journal/open.ts';

type Readable = Pick<Journal, 'openWatches' | 'events'>;

/** Of the shared kinds all is read: a circuit stays open until a person closes it. */
export function historyOf(journal: Readable, now: Instant): History {
  const { kinds, within } = RECENT_KINDS;
  const records = [...journal.events({ kinds: SHARED_KINDS }), ...journal.events({ kinds, since: now - within })];
  return {
    openWatches: journal.openWatches().map((watch) => watch.events),
    shared: records.flatMap((record) => record.event ?? []),
  };
}

const REMEMBERED: ReadonlySet<WatchdogEvent['kind']> = new Set(['rule-calibrated', 'thread-opened']);

/** What a former life told people already and where, and what it found out of rules. */
export function toldBefore({ openWatches, shared }: History): readonly WatchdogEvent[] {
  return [...openWatches.flat(), ...shared.filter(({ kind }) => REMEMBERED.has(kind))];
}
