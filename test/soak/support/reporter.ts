/** Preloaded into the daemon of the soak: says what its process holds, when asked over the channel to its parent. */
import { readdirSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:');
  } catch {
    // It was the one that listed the folder, and is closed by now.
    return false;
  }
}

/** Looked at before garbage is collected, so that what happens to be under way is seen at its least over many looks. */
function quick() {
  const descriptors = readdirSync('/proc/self/fd');
  const sockets = descriptors.filter(isSocket).length;
  const resources = counted(process.getActiveResourcesInfo());
  return { resources, descriptors: descriptors.length, sockets, resident: process.memoryUsage.rss() };
}

/** Compiled code comes and goes by megabytes, as V8 sees fit; what a program leaks is objects. */
const CODE = /^(?:code|trusted|read_only|shared)/;

function objects(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name }) => !CODE.test(space_name));
  return spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

function whole() {
  global.gc?.();
  global.gc?.();
  const lag = delay.percentile(99) / 1e6;
  delay.reset();
  return { ...quick(), objects: objects(), lag };
}

process.on('message', (what) => process.send?.(what === 'whole' ? whole() : quick()));
// What only answers must not keep the daemon alive.
process.channel?.unref();
