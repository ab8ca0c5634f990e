/** One notifier with its own queue: whatever it does, nobody else waits for it. */
import type { Failure } from '../core/failure.ts';
import { type Notice, SEVERITIES } from '../core/notice.ts';
import type { Notifier } from '../core/seams.ts';
import type { Duration } from '../core/time.ts';
import { boundedMap } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import { allowance } from './allowance.ts';
import { type DeliverOptions, deliver } from './deliver.ts';
import { leftOut } from './left-out.ts';

/** What became of one notice in one channel. */
export type Outcome = { readonly notifier: string; readonly notice: Notice } & (
  | { readonly kind: 'sent'; readonly attempts: number }
  | { readonly kind: 'failed'; readonly attempts: number; readonly failure: Failure }
  /** `rate`: too many at once; `full`: too many wait; `ended`: the process did not wait for it. */
  | { readonly kind: 'left-out'; readonly because: 'rate' | 'full' | 'ended' }
);

export interface ChannelOptions {
  readonly name: string;
  readonly notifier: Notifier;
  /** Takes only what opens and closes incidents: as few as they are, they are not held back for their number. */
  readonly incidents: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: (outcome: Outcome) => void;
  /** Real milliseconds for one try; default 10 s. */
  readonly timeout?: Duration;
}

export interface Channel {
  /** Never waits, never throws. */
  put(notice: Notice): void;
  /** Whether it was told of an incident that is not over. */
  hasOpen(key: string): boolean;
  readonly incidents: boolean;
  /** Sends that are under way. */
  inFlight(): number;
  /** Sends what waits within so many real milliseconds, gives up the rest, and lets go of the notifier. */
  end(within: Duration): Promise<void>;
}

const MOST_WAITING = 200;
const MOST_IDS = 5_000;
const MOST_INCIDENTS = 1_000;
/** What was left out is said so long after the first of it, together. */
const SUMMARY_AFTER: Duration = 60_000;
const GIVE_UP_AFTER: Duration = 600_000;
const TIMEOUT: Duration = 10_000;

interface Waiting {
  readonly notice: Notice;
  /** In elapsed time. */
  readonly since: Duration;
}

/** The place of the oldest among the least severe. */
function leastOf(queue: readonly Waiting[]): number {
  const rank = ({ notice }: Waiting) => SEVERITIES.indexOf(notice.severity);
  const least = Math.min(...queue.map(rank));
  return queue.findIndex((waiting) => rank(waiting) === least);
}

/** Real time: a shutdown is the container's, which no clock of ours speeds up. */
async function atMost(work: Promise<unknown>, within: Duration): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, within);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

export function channel(options: ChannelOptions): Channel {
  const { name, notifier, incidents, clock, random, report, timeout = TIMEOUT } = options;
  const closing = new AbortController();
  const ending = new AbortController();
  const seen = boundedMap<string, true>(MOST_IDS);
  const open = boundedMap<string, true>(MOST_INCIDENTS);
  const rate = allowance(clock);
  const missing = leftOut(name);
  const queue: Waiting[] = [];
  let working: Promise<void> | undefined;
  let summarising = false;
  let sending = 0;
  const delivery: DeliverOptions = {
    ...{ notifier, clock, random, timeout, giveUpAfter: GIVE_UP_AFTER, closed: closing.signal, ending: ending.signal },
    onTry: (change) => {
      sending += change;
    },
  };

  /** Counted, and said later: an incident's keeper has nowhere to say it. */
  function omit(notice: Notice, because: 'rate' | 'full' | 'ended'): void {
    report({ kind: 'left-out', notifier: name, notice, because });
    if (notice.kind === 'notices-left-out') summarising = false;
    miss(notice);
  }
  function miss(notice: Notice): void {
    if (incidents || notice.kind === 'notices-left-out') return;
    missing.note(notice);
    summarise();
  }
  function summarise(): void {
    if (summarising || !missing.any() || ending.signal.aborted) return;
    summarising = true;
    clock.sleep(SUMMARY_AFTER, ending.signal).then(tellMissing, () => {});
  }
  function tellMissing(): void {
    if (missing.any()) add(missing.summary(clock.now()));
    else summarising = false;
  }

  function add(notice: Notice): void {
    queue.push({ notice, since: clock.elapsed() });
    if (queue.length > MOST_WAITING) {
      const [dropped] = queue.splice(leastOf(queue), 1);
      if (dropped !== undefined) omit(dropped.notice, 'full');
    }
    working ??= work();
  }

  async function work(): Promise<void> {
    // Not in the turn of who tells: rendering and sending is none of the watching loop's business.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (closing.signal.aborted) omit(next.notice, 'ended');
      else await send(next);
    }
    working = undefined;
  }

  async function send({ notice, since }: Waiting): Promise<void> {
    const isSummary = notice.kind === 'notices-left-out';
    const { attempts, ...result } = await deliver(notice, since, delivery);
    if (isSummary) summarising = false;
    if (result.ok) {
      if (isSummary) missing.told();
      report({ kind: 'sent', notifier: name, notice, attempts });
      return summarise();
    }
    report({ kind: 'failed', notifier: name, notice, attempts, failure: result.failure });
    // A summary that failed is said after the next notice that goes through.
    miss(notice);
  }

  return {
    incidents,
    put(notice) {
      if (seen.get(notice.id) === true || closing.signal.aborted) return;
      seen.set(notice.id, true);
      const { incident } = notice;
      if (incident?.action === 'open') open.set(incident.key, true);
      if (incident?.action === 'close') open.delete(incident.key);
      if (!incidents && !rate.take(notice.severity)) omit(notice, 'rate');
      else add(notice);
    },
    hasOpen: (key) => open.get(key) === true,
    inFlight: () => sending,
    async end(within) {
      const queued = queue.some(({ notice }) => notice.kind === 'notices-left-out');
      if (missing.any() && !queued) add(missing.summary(clock.now()));
      ending.abort();
      if (working !== undefined) await atMost(working, within);
      closing.abort();
      await working;
      notifier.close?.();
    },
  };
}
