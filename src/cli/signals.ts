/** The signals a long-running command listens to. */

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

/** Calls back at every SIGHUP until disposed. */
export function onHangup(callback: () => void): Disposable {
  process.on('SIGHUP', callback);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', callback) };
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
