/** The journal as the daemon holds it: appends never throw and never wait long, a failing file is loud and caught up with. */
import type { WatchdogEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import { type Backlog, backlog } from './backlog.ts';
import { type Company, company } from './company.ts';
import { isFull, journalFailure } from './failure.ts';
import { type JournalReader, journalReader } from './read.ts';
import { journalStorage, type Storage } from './storage.ts';
import { appendEvents, pruneRecords } from './write.ts';

export interface JournalOptions {
  /** File; without one the journal lives in memory and ends with the process. */
  readonly path?: string;
  /** Records older than this are deleted by {@link Journal.prune}, unless their watch, stop or the circuit is still open. */
  readonly retention: Duration;
  readonly now: () => Instant;
  /**
   * Told when a failure begins, when it becomes another one, and when the backlog starts to overflow; `lost` counts
   * the records dropped so far. The journal itself writes `journal-failed` and `journal-recovered` into the file
   * once it can: callers log these, they do not append them.
   */
  readonly onFailure: (failure: Failure, lost: number) => void;
  readonly onRecovered: (lost: number) => void;
  /** Told once when another daemon has begun to write to the same file. */
  readonly onShared?: () => void;
  /**
   * Verdicts and decisions are gathered for a twentieth of a second, or until anything else is appended: a stop's
   * request among it, so that nothing is done that is not on record. Thousands may come at once; default false.
   */
  readonly gather?: boolean;
  /** Events kept in memory while the file fails; default 10,000. */
  readonly backlog?: number;
  /** Real milliseconds between two tries while the file fails; default 1,000. */
  readonly retryEvery?: number;
}

export interface Journal extends JournalReader, Disposable {
  /**
   * Never throws. On disk when it returns, unless the file fails: then it waits in the backlog. Verdicts may be
   * gathered first ({@link JournalOptions.gather}).
   */
  append(event: WatchdogEvent): void;
  /** Tries now to write what waits; true when nothing waits any more. */
  flush(): boolean;
  /** Deletes records older than the retention from the front; returns how many. Never throws. */
  prune(now: Instant): number;
  /** Events that wait because the file fails. */
  waiting(): number;
  /** Why what is appended now is not on disk; undefined while it is. */
  failing(): Failure | undefined;
  /** Writes what can be written, reports what cannot, closes the file. Appending afterwards reports a loss. */
  close(): void;
}

/** Records of one transaction, which keeps everything else waiting: some ten milliseconds. */
const CHUNK = 500;
/** Real milliseconds. */
const GATHERED_FOR = 50;
/** Verdicts can be computed anew; a decision is followed by its `stop-requested`, and both are written at once. */
const GATHERED: ReadonlySet<WatchdogEvent['kind']> = new Set(['rule-judged', 'stop-decided']);

interface Writer {
  append(event: WatchdogEvent): void;
  /** Writes what was gathered. */
  settle(): void;
  flush(): boolean;
  fail(error: unknown): void;
  /** Records were written and deleted beside it. */
  pruned(): void;
  waiting(): number;
  failing(): Failure | undefined;
  close(): void;
}

/**
 * Writes the waiting events in order, a chunk a transaction. While the file fails, the first alone shows whether it can
 * be done at all, at little cost.
 */
function writeAll(storage: Storage, waiting: Backlog, others: Company, failing: boolean): void {
  storage.assertInPlace();
  for (let size = failing ? 1 : CHUNK; waiting.size() > 0; size = CHUNK) {
    const chunk = waiting.first(size);
    const place = appendEvents(storage.db(), chunk);
    waiting.drop(chunk.length);
    others.appended(storage.db(), place);
  }
}

/**
 * The write-ahead log holds room that the file need not have: where it has pages that are free, taking the log into it
 * gives room back. Where that cannot be done either, the disk is full indeed.
 */
function withRoom(storage: Storage, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isFull(error)) throw error;
    storage.takeInLog();
    write();
  }
}

/** A listener that throws must not reach the one who appends: the record matters more than the telling of it. */
function guarded<Args extends unknown[]>(tell: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      tell(...args);
    } catch (error) {
      process.emitWarning(`journal: a listener failed: ${String(error)}`);
    }
  };
}

function writer(storage: Storage, options: JournalOptions): Writer {
  const onFailure = guarded(options.onFailure);
  const onRecovered = guarded(options.onRecovered);
  const waiting = backlog(options.backlog ?? 10_000);
  const others = company(guarded(options.onShared ?? (() => {})));
  const path = options.path ?? 'in memory';
  let failing: Failure | undefined;
  let overflowing = false;
  let timer: NodeJS.Timeout | undefined;
  let gathered: NodeJS.Timeout | undefined;
  let closed = false;

  const retryLater = () => {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, options.retryEvery ?? 1_000).unref();
  };
  const fail = (error: unknown) => {
    const failure = journalFailure(error, path);
    const isNews = failing?.message !== failure.message;
    const begins = failing === undefined;
    failing = failure;
    if (begins) waiting.push({ kind: 'journal-failed', at: options.now(), failure, lost: 0 });
    if (isNews) onFailure(failure, waiting.lost());
    retryLater();
  };
  const recovered = () => {
    const lost = waiting.lost();
    const place = appendEvents(storage.db(), [{ kind: 'journal-recovered', at: options.now(), lost }]);
    others.appended(storage.db(), place);
    failing = undefined;
    overflowing = false;
    waiting.settle();
    onRecovered(lost);
  };
  const flush = () => {
    if (closed) return false;
    clearTimeout(gathered);
    gathered = undefined;
    try {
      if (failing !== undefined) {
        storage.restore();
        if (failing.code === 'SQLITE_READONLY') storage.reopen();
        others.startOver(storage.db());
      }
      withRoom(storage, () => writeAll(storage, waiting, others, failing !== undefined));
      if (failing !== undefined) recovered();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };
  const keep = (event: WatchdogEvent) => {
    waiting.push(event);
    if (failing === undefined || waiting.lost() === 0 || overflowing) return;
    overflowing = true;
    onFailure(failing, waiting.lost());
  };
  return {
    append(event) {
      keep(event);
      if (closed) return onFailure(journalFailure(new Error('it is closed'), path), waiting.size());
      // While it fails the timer tries; trying at each append would hold up every stop by the lock's timeout.
      if (failing !== undefined) return;
      const gathers = options.gather === true && GATHERED.has(event.kind) && waiting.size() < CHUNK;
      if (!gathers) flush();
      else gathered ??= setTimeout(flush, GATHERED_FOR).unref();
    },
    settle() {
      if (gathered !== undefined) flush();
    },
    flush,
    fail,
    pruned: () => others.startOver(storage.db()),
    waiting: waiting.size,
    failing: () => failing,
    close() {
      if (closed) return;
      clearTimeout(timer);
      const written = flush();
      clearTimeout(timer);
      closed = true;
      if (!written && failing !== undefined) onFailure(failing, waiting.lost() + waiting.size());
      storage.close();
    },
  };
}

/** Opens or creates the journal. Throws FailureError when the file cannot be opened or is not a journal. */
export function openJournal(options: JournalOptions): Journal {
  const storage = journalStorage(options.path);
  const write = writer(storage, options);
  /** What is read holds everything that was appended. */
  const db = () => {
    write.settle();
    return storage.db();
  };
  return {
    ...journalReader(db),
    append: write.append,
    flush: write.flush,
    waiting: write.waiting,
    failing: write.failing,
    prune(now) {
      try {
        const removed = pruneRecords(storage.db(), now - options.retention, now);
        write.pruned();
        return removed;
      } catch (error) {
        write.fail(error);
        return 0;
      }
    },
    close: write.close,
    [Symbol.dispose]: write.close,
  };
}
