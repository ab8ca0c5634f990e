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
