/** Waits for work no longer than somebody wants it, whether or not the work itself heeds the signal. */

/** Rejects when the signal is aborted; nothing is left listening once the work is over. */
export async function unlessAborted<Out>(work: Promise<Out>, signal: AbortSignal): Promise<Out> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
