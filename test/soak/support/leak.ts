/** Preloaded to show that the soak sees what it is there to see: SOAK_LEAK names what grows while the daemon works. */

const kept: unknown[] = [];
const LEAKS: Readonly<Record<string, () => void>> = {
  memory: () => kept.push(Array.from({ length: 20_000 }, (_, at) => ({ at }))),
  // Not unref'd: Node names no others among its active resources; those show as objects on the heap.
  timers: () => kept.push(setTimeout(() => {}, 3_600_000)),
};
const leak = LEAKS[process.env.SOAK_LEAK ?? ''];
if (leak === undefined) throw new Error(`SOAK_LEAK is one of ${Object.keys(LEAKS).join(', ')}`);
setInterval(leak, 500).unref();
