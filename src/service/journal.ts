/** The journal as the service holds it: a file that cannot be opened is loud, and kept in memory until it can. */
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, FailureError } from '../core/failure.ts';
import { type Journal, type JournalOptions, openJournal } from '../journal/open.ts';

export interface ServiceJournal extends Pick<Journal, 'append' | 'openWatches' | 'events' | 'prune' | 'head'> {
  /** What kept the file from being opened, while it does. */
  failure(): Failure | undefined;
  close(): void;
}

/** Real milliseconds between two tries to open the file. */
const REOPEN_EVERY = 5_000;
/** Events kept for the file; the oldest go first, and how many is on record. */
const MOST_HELD = 10_000;

function openable(error: unknown): Failure {
  // Another program's file, or a newer version's: no disk that recovers mends that, so the operator has to.
  if (!(error instanceof FailureError) || error.failure.reason === 'malformed') throw error;
  return error.failure;
}

/**
 * Opens the journal. A file that cannot be opened now (full or read-only volume, locked, missing folder) must not keep
 * the watchdog from watching: events are held in memory and written when it can be opened.
 *
 * @throws FailureError when the file is not a journal, or a newer version's.
 */
export function openServiceJournal(options: JournalOptions): ServiceJournal {
  let file: Journal | undefined;
  let failure: Failure | undefined;
  try {
    file = openJournal(options);
  } catch (error) {
    failure = openable(error);
  }
  if (file !== undefined) {
    const journal = file;
    return { ...journal, failure: () => undefined, close: () => journal.close() };
  }
  const { path: _, ...elsewhere } = options;
  const memory = openJournal(elsewhere);
  const held: WatchdogEvent[] = [];
  let lost = 0;
  const hold = (event: WatchdogEvent) => {
    held.push(event);
    if (held.length > MOST_HELD) {
      held.shift();
      lost++;
    }
  };
  const begun = failure ?? { reason: 'internal', retryable: true, message: 'journal' };
  options.onFailure(begun, 0);
  hold({ kind: 'journal-failed', at: options.now(), failure: begun, lost: 0 });
  const reopen = () => {
    try {
      file = openJournal(options);
    } catch (error) {
      if (error instanceof FailureError) failure = error.failure;
      return;
    }
    clearInterval(timer);
    failure = undefined;
    for (const event of held.splice(0)) file.append(event);
    file.append({ kind: 'journal-recovered', at: options.now(), lost });
    options.onRecovered(lost);
  };
  const timer = setInterval(reopen, REOPEN_EVERY).unref();
  const now = () => file ?? memory;
  return {
    append(event) {
      if (file === undefined) hold(event);
      now().append(event);
    },
    openWatches: () => now().openWatches(),
    events: (filter) => now().events(filter),
    prune: (at) => now().prune(at),
    head: () => now().head(),
    failure: () => failure,
    close() {
      clearInterval(timer);
      file?.close();
      memory.close();
    },
  };
}
