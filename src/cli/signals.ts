/** The signals a long-running command listens to. */
import { isatty } from 'node:tty';

/** Resolves with the name of the first SIGTERM or SIGINT; the default action is back in place for the next one. */
export function firstEndSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', end);
      process.off('SIGINT', end);
      resolve(signal);
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
  });
}

export interface Hangups extends Disposable {
  /**
   * Calls back soon after a SIGHUP, once for all that have come by then: a flood of them holds nothing else up. Those
   * that came before were held off.
   */
  onReload(callback: () => void): void;
  /** Resolves when the terminal the program was started on has gone. */
  readonly closed: Promise<NodeJS.Signals>;
}

/**
 * Listens to SIGHUP until disposed. It means two things: somebody asks for a reload, or the terminal was closed. In the
 * second case a program that went on would act unseen: whoever wants it to outlive the terminal gives stdout elsewhere.
 */
export function hangups(isTerminal: boolean, terminalIsThere: () => boolean = () => isatty(1)): Hangups {
  const closed = Promise.withResolvers<NodeJS.Signals>();
  let reload = () => {};
  let soon: NodeJS.Immediate | undefined;
  const reloadSoon = () => {
    soon ??= setImmediate(() => {
      soon = undefined;
      reload();
    });
  };
  const heard = () => (isTerminal && !terminalIsThere() ? closed.resolve('SIGHUP') : reloadSoon());
  process.on('SIGHUP', heard);
  return {
    onReload(callback) {
      reload = callback;
    },
    closed: closed.promise,
    [Symbol.dispose]() {
      process.off('SIGHUP', heard);
      clearImmediate(soon);
    },
  };
}

/** Calls back once for an error that nobody caught, before the process ends; without it Node prints it as it likes. */
export function onCrash(callback: (error: unknown) => void): Disposable {
  const once = (error: unknown) => {
    process.off('uncaughtException', once);
    process.off('unhandledRejection', once);
    callback(error);
  };
  process.on('uncaughtException', once);
  process.on('unhandledRejection', once);
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', once);
      process.off('unhandledRejection', once);
    },
  };
}
