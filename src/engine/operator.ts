/** What a person may tell the daemon about what it watches: stop, hold, release; and resume, about all of it. */
import { type Deployment, type DeploymentRef, deploymentTitle, isOver, refKey } from '../core/deployment.ts';
import type { StopActor, WatchdogEvent } from '../core/event.ts';
import type { Watch } from '../core/watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from './breaker.ts';
import type { Holds } from './holds.ts';
import type { WatchBook } from './watch-book.ts';

/** Who says it and why; it goes on record. */
interface Word {
  readonly by: string;
  readonly reason: string;
}

type OperatorAnswer =
  /** `changed` is false where it was so already; `because` says what is so now. */
  | { readonly kind: 'done'; readonly changed: boolean; readonly deployment: string; readonly because: string }
  | { readonly kind: 'unknown' | 'ambiguous'; readonly candidates: readonly string[] };

export interface Operator {
  /** `[target:]application/environment/number`, by names or ids. The stop itself goes on after the answer. */
  stop(deployment: string, word: Word): OperatorAnswer;
  hold(deployment: string, word: Word): OperatorAnswer;
  release(deployment: string, word: Word): OperatorAnswer;
  /** Closes the circuit breaker; false when it was closed. */
  resume(by: string, reason: string): boolean;
}

export interface OperatorDeps {
  readonly book: WatchBook;
  readonly breaker: Breaker;
  readonly holds: Holds;
  readonly record: (event: WatchdogEvent) => void;
  readonly clock: Clock;
  runOf(target: string): { stopFor(watch: Watch, by: StopActor, because: readonly string[]): void } | undefined;
}

/** Every way to name a deployment: application and environment by name or id, with or without the target. */
function spellings({ ref, application, environment }: Deployment): readonly string[] {
  const plain = [application.name, application.id].flatMap((app) =>
    [environment.name, environment.id].map((env) => `${app}/${env}/${ref.number}`),
  );
  return [...plain, ...plain.map((one) => `${ref.target}:${one}`)];
}

const byIds = ({ ref }: Deployment) => `${ref.target}:${ref.applicationId}/${ref.environmentId}/${ref.number}`;

export function operatorOf({ book, breaker, holds, record, clock, runOf }: OperatorDeps): Operator {
  function about(
    argument: string,
    tell: (deployment: Deployment) => Omit<OperatorAnswer & { kind: 'done' }, 'kind' | 'deployment'>,
  ): OperatorAnswer {
    const watched = [...new Map(book.all().map(({ deployment }) => [refKey(deployment.ref), deployment])).values()];
    const named = watched.filter((deployment) => spellings(deployment).includes(argument));
    const [only] = named;
    if (only === undefined) return { kind: 'unknown', candidates: watched.slice(-20).map(byIds) };
    if (named.length > 1) return { kind: 'ambiguous', candidates: named.map(byIds) };
    return { kind: 'done', deployment: deploymentTitle(only), ...tell(only) };
  }

  function stopAll(ref: DeploymentRef, state: string, { by, reason }: Word) {
    if (isOver(state)) return { changed: false, because: `it is ${state} already` };
    const actor = { kind: 'operator' as const, name: by, reason };
    const waiting = book.of(ref).filter(({ phase }) => phase !== 'stopping');
    for (const watch of waiting) runOf(ref.target)?.stopFor(watch, actor, [`${by}: ${reason}`]);
    if (waiting.length > 0) return { changed: true, because: 'its stop has begun' };
    return { changed: false, because: 'it is being stopped already' };
  }

  return {
    stop: (argument, word) => about(argument, ({ ref, state }) => stopAll(ref, state, word)),
    hold: (argument, { by, reason }) =>
      about(argument, ({ ref }) => {
        const held = holds.of(ref);
        if (held !== undefined) return { changed: false, because: `it is held by ${held.by} already: ${held.reason}` };
        record({ kind: 'deployment-held', at: clock.now(), deployment: ref, by, reason });
        const stopping = book.of(ref).some(({ phase }) => phase === 'stopping');
        const late = stopping ? '; a stop that has begun is carried out all the same' : '';
        return { changed: true, because: `no policy stops it until the hold is released${late}` };
      }),
    release: (argument, { by, reason }) =>
      about(argument, ({ ref }) => {
        if (holds.of(ref) === undefined) return { changed: false, because: 'it was not held' };
        record({ kind: 'hold-released', at: clock.now(), deployment: ref, by, reason });
        return { changed: true, because: 'policies stop it again' };
      }),
    resume: (by, reason) => breaker.resume(by, reason),
  };
}
