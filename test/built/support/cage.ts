/** A control group of the kernel that gives a process so much memory and no more, as a container's limit does. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Cage extends Disposable {
  /** A command that starts another one inside; see `under` of a program's options. */
  readonly command: readonly string[];
  /** Bytes: the most that was held so far, page cache included. */
  peak(): number;
  /** How often the kernel killed something in it for want of memory. */
  killed(): number;
}

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

interface Hierarchy {
  readonly root: string;
  readonly limit: string;
  readonly peak: string;
  readonly events: string;
}

function hierarchy(): Hierarchy | undefined {
  if (existsSync(join(V1, 'memory.limit_in_bytes'))) {
    return {
      root: V1,
      limit: 'memory.limit_in_bytes',
      peak: 'memory.max_usage_in_bytes',
      events: 'memory.oom_control',
    };
  }
  if (!existsSync(join(V2, 'cgroup.controllers'))) return undefined;
  return { root: V2, limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' };
}

/** Whether this machine lets one be made. */
export function canCage(): boolean {
  try {
    using _cage = memoryCage(128 * 1_024 * 1_024);
    return true;
  } catch {
    return false;
  }
}

export function memoryCage(bytes: number): Cage {
  const kind = hierarchy();
  if (kind === undefined) throw new Error('this machine has no control groups for memory');
  const folder = join(kind.root, `watchdog-test-${process.pid}-${performance.now()}`);
  mkdirSync(folder);
  writeFileSync(join(folder, kind.limit), String(bytes));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    command: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder],
    peak: () => Number(read(kind.peak)),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(read(kind.events))?.[1] ?? 0),
    [Symbol.dispose]() {
      // A moment passes until the last process has left it.
      for (let tries = 0; tries < 50; tries++) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          execFileSync('sleep', ['0.1']);
        }
      }
    },
  };
}
