/** The read of a look: the deployment as AppConfig shows it now, told to its watches. */
import { type Deployment, type DeploymentEvent, precedes, stageOf } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Waiting } from '../core/waiting.ts';
import type { Entrant } from '../lib/gate.ts';
import type { LookDeps } from './deciding.ts';
import type { WatchBook } from './watch-book.ts';

/** Entries of the event log that an earlier snapshot did not have. */
function newsSince(before: Deployment, after: Deployment): readonly DeploymentEvent[] {
  const known = new Set(before.events.map((event) => `${event.type}@${event.at}@${event.description}`));
  return after.events.filter((event) => !known.has(`${event.type}@${event.at}@${event.description}`));
}

function differs(before: Deployment, after: Deployment): boolean {
  return (
    before.state !== after.state ||
    before.percentage !== after.percentage ||
    before.events.length !== after.events.length
  );
}

/**
 * Tells every watch of a deployment what was seen of it, if anything changed. A slow answer may be overtaken by what
 * the stopper read meanwhile: one from before is history, and would have an undone deployment stopped again.
 */
export function observe(book: WatchBook, snapshot: Deployment, at: Instant): void {
  for (const watch of book.of(snapshot.ref)) {
    if (!differs(watch.deployment, snapshot) || precedes(snapshot, watch.deployment)) continue;
    const news = newsSince(watch.deployment, snapshot);
    book.tell({ kind: 'deployment-observed', at, watch: watch.ref, snapshot, news });
  }
}

/** How a read ended: the deployment is known as it is now, it is not, or it does not exist any more. */
export type Seen = 'seen' | 'unread' | 'gone';

/**
 * Reads the deployment; once `hurry` resolves it goes before others that wait for the quota. Never rejects for what AWS
 * does.
 */
export async function read(
  deps: LookDeps,
  before: Deployment,
  signal: AbortSignal,
  hurry: Promise<void>,
): Promise<Seen> {
  const what = `deployment ${before.application.name}/${before.environment.name}/${before.ref.number}`;
  try {
    const { deployment } = await deps.port.getDeployment(before.ref, before, signal, hurry);
    if (signal.aborted) return 'unread';
    deps.onRead(what, undefined);
    observe(deps.book, deployment, deps.clock.now());
    return 'seen';
  } catch (error) {
    if (signal.aborted) return 'unread';
    const failure = failureOf(error);
    const exists = failure.reason !== 'not-found';
    deps.onRead(what, exists ? failure : undefined);
    return exists ? 'unread' : 'gone';
  }
}

/** Somebody who acts when the read is over. */
export interface Onlooker {
  readOver(): void;
}

/** The read of one look, under way or over. While it waits for its turn, nothing but this is made for it. */
export class Reading implements Waiting<void> {
  readonly #deps: LookDeps;
  readonly #before: Deployment;
  readonly #signal: AbortSignal;
  readonly #entrant: Entrant | undefined;
  #isHurried = false;
  #hurry: (() => void) | undefined;
  #onlookers: readonly Onlooker[] = [];
  #seen: Seen | undefined;
  #fault: { readonly error: unknown } | undefined;

  /** What was read a moment ago (`isFresh`) is not read again, nor what is over. */
  constructor(deps: LookDeps, before: Deployment, signal: AbortSignal, isFresh: boolean) {
    this.#deps = deps;
    this.#before = before;
    this.#signal = signal;
    if (isFresh || stageOf(before.state) === 'undone') this.#seen = 'seen';
    else this.#entrant = deps.reads.tell(signal, this);
  }

  /** Undefined while it is under way. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  /** What went wrong in this program, rather than with AWS. */
  get fault(): { readonly error: unknown } | undefined {
    return this.#fault;
  }

  /** Tells when it is over, each in turn; at once where it is. */
  tell(onlooker: Onlooker): void {
    if (this.#seen === undefined) this.#onlookers = this.#onlookers.concat(onlooker);
    else onlooker.readOver();
  }

  /** Somebody waits for it: it goes before the reads that wait for their turn. */
  hurry(): void {
    this.#isHurried = true;
    this.#entrant?.hurry();
    this.#hurry?.();
  }

  /** It has its turn. */
  answered(): void {
    const hurry = Promise.withResolvers<void>();
    this.#hurry = hurry.resolve;
    if (this.#isHurried) hurry.resolve();
    const over = (seen: Seen) => {
      this.#deps.reads.leave();
      this.#end(seen);
    };
    read(this.#deps, this.#before, this.#signal, hurry.promise).then(over, (error: unknown) => {
      this.#fault = { error };
      over('unread');
    });
  }

  /** It is given up. */
  failed(): void {
    this.#end('unread');
  }

  #end(seen: Seen): void {
    this.#seen = seen;
    for (const onlooker of this.#onlookers) onlooker.readOver();
  }
}
