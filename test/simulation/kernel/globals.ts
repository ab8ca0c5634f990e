/**
 * Inside a simulation, what the platform offers a program that waits, reads the time or draws a number is the
 * simulation's: the daemon, the SDK and every library run as they are shipped, and no real time gets in. Outside of one
 * nothing is changed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Owner, VirtualTime, Wake } from './virtual-time.ts';

/** Where code runs: in whose process, by whose time of day, with whose randomness. */
export interface Inside {
  readonly time: VirtualTime;
  /** The simulated process; none for what is not the daemon (AWS, the people who deploy). */
  readonly owner: Owner | undefined;
  /** How far the time of day of its machine is off. */
  readonly skew: () => number;
  readonly random: () => number;
}

const context = new AsyncLocalStorage<Inside>();

export function inside<Out>(where: Inside, work: () => Out): Out {
  return context.run(where, work);
}

export function here(): Inside | undefined {
  return context.getStore();
}

/** What setTimeout and setImmediate give inside a simulation. */
class VirtualTimer {
  readonly #wake: Wake;
  constructor(wake: Wake) {
    this.#wake = wake;
  }
  cancel(): void {
    this.#wake.cancel();
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.cancel();
  }
}

type Callback = (...args: unknown[]) => void;

function sleeping(where: Inside, duration: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = () => {
      wake.cancel();
      reject(signal?.reason);
    };
    const wake = where.time.after(duration, where.owner, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

let installed = false;

/** Once for a thread. */
export function installGlobals(): void {
  if (installed) return;
  installed = true;
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
  const { now: realNow } = Date;
  const { random: realRandom } = Math;
  const { timeout: realTimeoutSignal } = AbortSignal;
  const { setTimeout: realDelay } = timersPromises;
  const realPerformanceNow = performance.now.bind(performance);

  const later = (where: Inside, duration: unknown, fire: () => void) =>
    new VirtualTimer(
      where.time.after(typeof duration === 'number' ? Math.max(1, duration) : 1, where.owner, () =>
        inside(where, fire),
      ),
    );
  const repeating = (where: Inside, duration: unknown, fire: () => void) => {
    const every = typeof duration === 'number' ? Math.max(1, duration) : 1;
    let wake: Wake;
    const again = () => {
      wake = where.time.after(every, where.owner, again);
      inside(where, fire);
    };
    wake = where.time.after(every, where.owner, again);
    return new VirtualTimer({ at: 0, cancel: () => wake.cancel() });
  };
  const clearing = (clear: (timer: never) => void) => (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.cancel();
    else Reflect.apply(clear, globalThis, [timer]);
  };
  const patch = (target: object, name: string, value: unknown) =>
    Object.defineProperty(target, name, { value, configurable: true, writable: true });

  patch(globalThis, 'setTimeout', (callback: Callback, duration: unknown, ...args: unknown[]) => {
    const where = here();
    if (where === undefined) return Reflect.apply(real.setTimeout, globalThis, [callback, duration, ...args]);
    return later(where, duration, () => callback(...args));
  });
  patch(globalThis, 'setInterval', (callback: Callback, duration: unknown, ...args: unknown[]) => {
    const where = here();
    if (where === undefined) return Reflect.apply(real.setInterval, globalThis, [callback, duration, ...args]);
    return repeating(where, duration, () => callback(...args));
  });
  patch(globalThis, 'setImmediate', (callback: Callback, ...args: unknown[]) => {
    const where = here();
    if (where === undefined) return Reflect.apply(real.setImmediate, globalThis, [callback, ...args]);
    return new VirtualTimer(where.time.soon(where.owner, () => inside(where, () => callback(...args))));
  });
  patch(globalThis, 'clearTimeout', clearing(real.clearTimeout));
  patch(globalThis, 'clearInterval', clearing(real.clearInterval));
  patch(globalThis, 'clearImmediate', clearing(real.clearImmediate));
  patch(AbortSignal, 'timeout', (duration: number) => {
    const where = here();
    if (where === undefined) return Reflect.apply(realTimeoutSignal, AbortSignal, [duration]);
    const controller = new AbortController();
    later(where, duration, () => controller.abort(new DOMException('The operation timed out', 'TimeoutError')));
    return controller.signal;
  });
  patch(Date, 'now', () => {
    const where = here();
    return where === undefined ? realNow() : where.time.now() + where.skew();
  });
  patch(Math, 'random', () => here()?.random() ?? realRandom());
  patch(performance, 'now', () => here()?.time.now() ?? realPerformanceNow());
  patch(timersPromises, 'setTimeout', (duration = 1, value?: unknown, options: { signal?: AbortSignal } = {}) => {
    const where = here();
    if (where === undefined) return Reflect.apply(realDelay, timersPromises, [duration, value, options]);
    return sleeping(where, duration, value, options.signal);
  });
  syncBuiltinESMExports();
}
