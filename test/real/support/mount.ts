/** A small volume of its own for a test, where the machine lets it be mounted. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { output, requirePart } from './parts.ts';

const mayMount = output('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']) !== undefined;
export const hasMount = requirePart('the right to mount (root on Linux)', mayMount);

export interface SmallVolume extends Disposable {
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  clear(): void;
}

/** Mounts a volume in memory of that size (as mount takes it, e.g. `1m`) over a folder, until it is disposed. */
export function smallVolume(place: string, size: string): SmallVolume {
  const filler = join(place, 'filler');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]);
  return {
    fill() {
      // Page by page, until nothing more fits: what is under test may grow meanwhile.
      const file = openSync(filler, 'w');
      const page = Buffer.alloc(4_096);
      try {
        for (;;) writeSync(file, page);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    clear: () => rmSync(filler),
    [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', place]),
  };
}
