/** The read of a look: the deployment as AppConfig shows it now, told to its watches. */
import { type Deployment, type DeploymentEvent, precedes, stageOf } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Gate } from '../lib/gate.ts';
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

async function admitted<Out>(
  reads: Gate,
  signal: AbortSignal,
  hurry: Promise<void>,
  get: () => Promise<Out>,
): Promise<Out> {
  await reads.enter(signal, hurry);
  try {
    return await get();
  } finally {
    reads.leave();
  }
}

/** Reads the deployment, unless it is over; once `hurry` resolves it goes before others that wait. Never rejects for what AWS does. */
export async function read(
  deps: LookDeps,
  before: Deployment,
  signal: AbortSignal,
  hurry: Promise<void>,
): Promise<Seen> {
  if (stageOf(before.state) === 'undone') return 'seen';
  const what = `deployment ${before.application.name}/${before.environment.name}/${before.ref.number}`;
  try {
    const { deployment } = await admitted(deps.reads, signal, hurry, () =>
      deps.port.getDeployment(before.ref, before, signal, hurry),
    );
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
interface Onlooker {
  readOver(): void;
}

/** The read of one look, under way or over. */
export class Reading {
  readonly #hurry = Promise.withResolvers<void>();
  readonly #onlookers: Onlooker[] = [];
  #seen: Seen | undefined;
  /** Resolves when it is over and those who look on were told; rejects for a fault of this program. */
  readonly over: Promise<void>;

  /** What was read a moment ago (`isFresh`) is not read again. */
  constructor(deps: LookDeps, before: Deployment, signal: AbortSignal, isFresh: boolean) {
    if (isFresh) this.#seen = 'seen';
    this.over = isFresh ? Promise.resolve() : this.#read(deps, before, signal);
  }

  async #read(deps: LookDeps, before: Deployment, signal: AbortSignal): Promise<void> {
    try {
      this.#seen = await read(deps, before, signal, this.#hurry.promise);
    } finally {
      this.#seen ??= 'unread';
      for (const onlooker of this.#onlookers) onlooker.readOver();
    }
  }

  /** Undefined while it is under way. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  /** Tells when it is over; not where it is over already. */
  tell(onlooker: Onlooker): void {
    if (this.#seen === undefined) this.#onlookers.push(onlooker);
  }

  /** Somebody waits for it: it goes before the reads that wait for their turn. */
  hurry(): void {
    this.#hurry.resolve();
  }
}
