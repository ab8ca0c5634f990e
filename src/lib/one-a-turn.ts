/** Work that takes long at a time, one piece in each turn of the event loop: what else waits there comes in between. */

/** What is called resolves in a turn of its own, first come first served. */
export function oneATurn(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}
