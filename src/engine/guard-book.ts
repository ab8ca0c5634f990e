/** What cannot be found or taken up is not guarded: that is told when it begins, critically when it lasts, and when it is over. */
import type { Part } from '../appconfig/discover.ts';
import type { WatchdogEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';

/** A deployment that nobody sees for so long may be over before anybody looks; shorter, and a throttled minute is an alarm. */
const LASTS: Duration = 180_000;
/** What nobody asked for in all this time is not to be looked at any more: deleted, or no policy names it. */
const FORGOTTEN: Duration = 900_000;

/** Told of each read of what has to be read for a deployment to be guarded; undefined: it was answered. */
export type OnPart = (part: Part, failure: Failure | undefined) => void;

/** Told critically, and not over yet. */
export interface Unguarded {
  readonly what: string;
  readonly since: Instant;
}

/** Of one target. */
interface Guard {
  /** It was asked for: with a failure, or answered. */
  readonly onRead: OnPart;
  /** A pass is over; `sweep`: how often what is quiet is asked for at least. */
  passed(sweep: Duration): void;
  unguarded(): readonly Unguarded[];
}

/** Outlives a reload, so that a gap is not told again and its end is told. */
export interface GuardBook {
  of(target: string): Guard;
  /** Drops what is known of targets that are gone. */
  keep(isThere: (target: string) => boolean): void;
}

interface Gap {
  readonly what: string;
  /** Since when, by the time of day. */
  readonly at: Instant;
  /** The same and the last failure, in elapsed time. */
  readonly since: Duration;
  failedAt: Duration;
  /** Whether it was told critically. */
  isTold: boolean;
}

export function guardBook(clock: Clock, record: (event: WatchdogEvent) => void): GuardBook {
  const targets = new Map<string, Map<string, Gap>>();

  const unguarded = (gaps: ReadonlyMap<string, Gap>): readonly Unguarded[] =>
    [...gaps.values()].flatMap(({ what, at, isTold }) => (isTold ? [{ what, since: at }] : []));

  function close(target: string, gaps: Map<string, Gap>, id: string): void {
    const gap = gaps.get(id);
    gaps.delete(id);
    if (gap === undefined || !gap.isTold) return;
    const { what } = gap;
    const unguardedFor = clock.elapsed() - gap.since;
    record({ kind: 'guarded-again', at: clock.now(), target, what, unguardedFor, left: unguarded(gaps).length });
  }

  function fail(target: string, gaps: Map<string, Gap>, { id, what }: Part, failure: Failure): void {
    const now = clock.elapsed();
    const at = clock.now();
    const gap = gaps.get(id);
    if (gap === undefined) {
      gaps.set(id, { what, at, since: now, failedAt: now, isTold: false });
      record({ kind: 'discovery-incomplete', at, target, what, failure });
      return;
    }
    gap.failedAt = now;
    if (gap.isTold || now - gap.since < LASTS) return;
    gap.isTold = true;
    record({ kind: 'unguarded', at, target, what, since: gap.at, failure });
  }

  function gapsOf(target: string): Map<string, Gap> {
    const gaps = targets.get(target) ?? new Map<string, Gap>();
    targets.set(target, gaps);
    return gaps;
  }

  return {
    of(target) {
      const gaps = gapsOf(target);
      return {
        onRead(part, failure) {
          if (failure === undefined) close(target, gaps, part.id);
          else fail(target, gaps, part, failure);
        },
        passed(sweep) {
          const last = clock.elapsed() - Math.max(FORGOTTEN, 2 * sweep);
          for (const [id, { failedAt }] of gaps) if (failedAt < last) close(target, gaps, id);
        },
        unguarded: () => unguarded(gaps),
      };
    },
    keep(isThere) {
      for (const [target, gaps] of targets) {
        if (isThere(target)) continue;
        for (const id of gaps.keys()) close(target, gaps, id);
        targets.delete(target);
      }
    },
  };
}
