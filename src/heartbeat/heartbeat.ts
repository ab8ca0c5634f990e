/** Tells one listener again and again that the daemon is alive, or that it is not well; holds up nothing. */
import { type Failure, failureOf } from '../core/failure.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { Listener, Pulse, Word } from './listener.ts';

export interface HeartbeatOptions {
  readonly listener: Listener;
  readonly clock: Clock;
  /** Clock time from beat to beat. */
  readonly every: Duration;
  readonly start: boolean;
  readonly unhealthy: 'fail' | 'silence';
  readonly pulse: () => Pulse;
  /** Each try that failed. */
  readonly onFailure: (kind: Listener['kind']) => void;
  /** How a beat ended, all its tries included; undefined when it was delivered. */
  readonly onBeat: (kind: Listener['kind'], failure: Failure | undefined) => void;
}

export interface Heartbeat {
  /** Ends it, with a last word if one is given; rejects never. `signal` bounds that word. */
  end(last: Word | undefined, signal: AbortSignal): Promise<void>;
}

const FIRST_RETRY: Duration = 1_000;
/** How soon a daemon that has come up is heard of. */
const COMING_UP: Duration = 1_000;

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { listener, clock, every, pulse, onFailure, onBeat } = options;
  const ended = new AbortController();
  const { signal } = ended;

  async function attempt(word: Word, until: AbortSignal): Promise<Failure | undefined> {
    try {
      await listener.say(word, until);
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'aborted') onFailure(listener.kind);
      return failure;
    }
  }

  /** What there is to say now, if anything. */
  function now(): Word | undefined {
    const state = pulse();
    if (state.kind === 'well') return state;
    return state.kind === 'ill' && options.unhealthy === 'fail' ? { kind: 'fail', because: state.because } : undefined;
  }

  /** Said until it is heard or the next beat is due; each time what is true by then. */
  async function beat(say: () => Word | undefined, due: Duration): Promise<void> {
    for (let wait = FIRST_RETRY; ; wait *= 2) {
      const word = say();
      if (word === undefined) return;
      const failure = await attempt(word, signal);
      if (signal.aborted) return;
      if (failure === undefined || !failure.retryable || clock.elapsed() + wait >= due) {
        onBeat(listener.kind, failure);
        return;
      }
      await clock.sleep(wait, signal);
    }
  }

  async function loop(): Promise<void> {
    const begun = clock.elapsed();
    if (options.start) await beat(() => ({ kind: 'start' }), begun + every);
    while (!signal.aborted) {
      while (pulse().kind === 'starting') await clock.sleep(COMING_UP, signal);
      const due = clock.elapsed() + every;
      await beat(now, due);
      await clock.sleep(Math.max(0, due - clock.elapsed()), signal);
    }
  }

  const running = loop().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    async end(last, bound) {
      ended.abort(new Error('the heartbeat ends'));
      await running;
      if (last !== undefined) await attempt(last, bound);
    },
  };
}
