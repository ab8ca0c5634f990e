/** Preloaded to show that the soak sees what it is there to see: SOAK_LEAK names what grows while the daemon works. */

const kept: unknown[] = [];
const LEAKS: Readonly<Record<string, () => void>> = {
  memory: () => kept.push(Array.from({ length: 20_000 }, (_, at) => ({ at }))),
  timers: () => kept.push(setTimeout(() => {}, 3_600_000).unref()),
};
const leak = LEAKS[process.env.SOAK_LEAK ?? ''];
if (leak === undefined) throw new Error(`SOAK_LEAK is one of ${Object.keys(LEAKS).join(', ')}`);
setInterval(leak, 500).unref();
