/** Stops for watches: one stop per deployment, and its outcome told to every watch that asked for it. */
import { type StopDeps, type StopRequest, stopDeployment } from '../appconfig/stop.ts';
import type { StopActor, StopOutcome } from '../core/event.ts';
import { failureOf } from '../core/failure.ts';
import type { Watch } from '../core/watch.ts';
import type { Tracer } from '../lib/trace.ts';
import { observe } from './reading.ts';
import type { Leave, Stops } from './stops.ts';
import { tracedStop, tracedStops } from './tracing.ts';
import type { Record, WatchBook } from './watch-book.ts';

export interface StoppingOptions extends Omit<StopDeps, 'record'> {
  readonly book: WatchBook;
  readonly stops: Stops;
  readonly record: Record;
  readonly trace: Tracer;
}

export interface StopOrder {
  readonly because: readonly string[];
  readonly allowRevert: boolean;
  /** An earlier stop has no end on record. */
  readonly resume: boolean;
  /** Who asks; without it the watch's policy. */
  readonly by?: StopActor;
  /** The policy only observes by now: nothing more is asked for. */
  readonly onlyFollow?: boolean;
}

/** Starts a stop for a watch, or joins the one that is under way, and concludes the watch when it ends. */
export function stopping(options: StoppingOptions): (watch: Watch, order: StopOrder) => void {
  const { book, stops, clock, record, trace } = options;
  const deps: StopDeps = {
    port: tracedStops(options.port, trace),
    clock,
    random: options.random,
    limits: options.limits,
    record(event) {
      record(event);
      if (event.kind === 'stop-settled') observe(book, event.snapshot, event.at);
    },
  };
  const conclude = (watch: Watch, outcome: StopOutcome) =>
    book.tell({ kind: 'stop-concluded', at: clock.now(), watch: watch.ref, outcome });
  const broken = (watch: Watch, error: unknown) => {
    // Cut off by shutdown: the record has no end, and the next life resumes it.
    if (stops.aborted()) return;
    const { target } = watch.ref.deployment;
    record({ kind: 'cycle-failed', at: clock.now(), target, failure: failureOf(error) });
  };
  return (watch, order) => {
    const by = order.by ?? { kind: 'policy' as const, policy: watch.ref.policy };
    const since = watch.stop === undefined ? {} : { since: watch.stop.decidedAt };
    const { because, resume, onlyFollow = false } = order;
    const carryOut = (signal: AbortSignal, leave: Leave) => {
      // Read anew at each attempt: a policy that joins may allow what the first one did not.
      const request: StopRequest = {
        deployment: watch.deployment,
        by,
        because,
        resume,
        onlyFollow,
        ...since,
        get allowRevert() {
          return leave.allowRevert;
        },
      };
      return tracedStop(request, trace, () => stopDeployment(request, deps, signal));
    };
    stops
      .request(watch.deployment, order, carryOut)
      .then((outcome) => conclude(watch, outcome))
      .catch((error) => broken(watch, error));
  };
}
