/** The journal as the service holds it: a file that cannot be opened is loud, and kept in memory until it can. */
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, FailureError } from '../core/failure.ts';
import { type Journal, type JournalOptions, openJournal } from '../journal/open.ts';

export type ServiceJournal = Pick<Journal, 'append' | 'failing' | 'openWatches' | 'events' | 'prune' | 'close'>;

export interface ServiceJournalOptions extends JournalOptions {
  /** Real milliseconds between two tries to open the file; default 5,000. */
  readonly reopenEvery?: number;
  /**
   * Told when a file that could not be opened at the start is open, before anything is written to it: a former life may
   * have left something there. What it returns is called when all that was held is written.
   */
  readonly onOpened?: (file: Journal) => () => void;
}

/** Events kept for the file; the oldest go first, and how many is on record. */
const MOST_HELD = 10_000;

function openable(error: unknown): Failure {
  // Another program's file, or a newer version's: no disk that recovers mends that, so the operator has to.
  if (!(error instanceof FailureError) || error.failure.reason === 'malformed') throw error;
  return error.failure;
}

/** Holds events in memory and tries the file again and again; what it holds is written first when it opens. */
function untilItOpens(options: ServiceJournalOptions, failure: Failure): ServiceJournal {
  const { path: _, ...elsewhere } = options;
  const memory = openJournal(elsewhere);
  const held: WatchdogEvent[] = [];
  let file: Journal | undefined;
  let lost = 0;
  const hold = (event: WatchdogEvent) => {
    held.push(event);
    if (held.length <= MOST_HELD) return;
    held.shift();
    lost++;
  };
  const reopen = () => {
    let opened: Journal;
    try {
      opened = openJournal(options);
    } catch {
      // It was told when it began, and goes on: nothing new.
      return;
    }
    clearInterval(timer);
    const takeUp = options.onOpened?.(opened);
    for (const event of held.splice(0)) opened.append(event);
    opened.append({ kind: 'journal-recovered', at: options.now(), lost });
    file = opened;
    options.onRecovered(lost);
    takeUp?.();
  };
  const timer = setInterval(reopen, options.reopenEvery ?? 5_000).unref();
  const now = () => file ?? memory;
  options.onFailure(failure, 0);
  hold({ kind: 'journal-failed', at: options.now(), failure, lost: 0 });
  return {
    append(event) {
      if (file === undefined) hold(event);
      now().append(event);
    },
    failing: () => (file === undefined ? failure : file.failing()),
    openWatches: () => now().openWatches(),
    events: (filter) => now().events(filter),
    prune: (at) => now().prune(at),
    close() {
      clearInterval(timer);
      // What is still held ends with the process, and that is not to be passed over.
      if (file === undefined) options.onFailure(failure, lost + held.length);
      file?.close();
      memory.close();
    },
  };
}

/**
 * Opens the journal. A file that cannot be opened now (full or read-only volume, locked, missing folder) must not keep
 * the watchdog from watching: events are held in memory and written when it can be opened.
 *
 * @throws FailureError when the file is not a journal, or a newer version's.
 */
export function openServiceJournal(options: ServiceJournalOptions): ServiceJournal {
  try {
    return openJournal(options);
  } catch (error) {
    return untilItOpens(options, openable(error));
  }
}
