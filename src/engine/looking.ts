/** The looks of one target: which are under way, and what becomes of one that fails. */
import { type Deployment, refKey } from '../core/deployment.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { Tracer } from '../lib/trace.ts';
import type { Target } from '../policy/schema.ts';
import type { LookDeps } from './deciding.ts';
import { hear, lookAt } from './look.ts';
import { aboutDeployment } from './tracing.ts';
import type { WatchBook } from './watch-book.ts';

interface LookingOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly book: WatchBook;
  readonly record: (event: WatchdogEvent) => void;
  readonly trace: Tracer;
}

/**
 * Looks at deployments one look at a time each: a look that is still under way is not overtaken, the others are.
 * Answers since when that one has been under way, at once; undefined when the look was made.
 */
export function looking(options: LookingOptions, deps: LookDeps) {
  const { target, clock, record, book, trace } = options;
  const traced = (name: string, deployment: Deployment, work: () => Promise<void>) =>
    trace.span(name, () => aboutDeployment(deployment), work);
  const busy = new Map<string, Instant>();
  /** When the last look at each began, whether or not it is over. */
  const lastBegan = new Map<string, Instant>();
  const broken = (error: unknown, signal: AbortSignal) => {
    if (signal.aborted) return;
    record({ kind: 'cycle-failed', at: clock.now(), target: target.name, failure: failureOf(error) });
  };
  return {
    // Not async: thousands are under way at once.
    look(deployment: Deployment, signal: AbortSignal, isFresh = false): Promise<Instant | undefined> {
      const key = refKey(deployment.ref);
      const since = busy.get(key);
      if (since !== undefined) return Promise.resolve(since);
      busy.set(key, clock.now());
      lastBegan.set(key, clock.now());
      const over = () => {
        busy.delete(key);
        if (!book.has(deployment.ref)) lastBegan.delete(key);
        return undefined;
      };
      const looked = traced('look at deployment', deployment, () => lookAt(deployment, deps, signal, isFresh));
      return looked.then(over, (error: unknown) => {
        over();
        broken(error, signal);
        return undefined;
      });
    },
    /** Beside a look that is under way: an alert does not wait for it. */
    async hear(deployment: Deployment, hook: string, signal: AbortSignal): Promise<void> {
      const freshSince = lastBegan.get(refKey(deployment.ref)) ?? clock.now();
      const judge = () => hear(deployment, hook, deps, freshSince, signal);
      await traced('judge alerts', deployment, judge).catch((error: unknown) => broken(error, signal));
    },
  };
}
