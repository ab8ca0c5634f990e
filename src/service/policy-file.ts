/** The policy file on disk, watched for changes. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import type { Config } from '../policy/schema.ts';

export type ReadPolicy =
  | { readonly ok: true; readonly config: Config; readonly digest: string }
  /** One line each, as people read them. */
  | { readonly ok: false; readonly errors: readonly string[] };

/** How often a changed file is noticed at the latest, in real milliseconds. */
const LOOK_EVERY = 1_000;

function identity({ mtimeMs, ino, size }: Stats): string {
  return [mtimeMs, ino, size].join();
}

/**
 * Calls back when the file may have changed. It is looked at (stat) rather than waited for: a Kubernetes ConfigMap is
 * replaced behind a symbolic link, which change notifications do not report.
 */
export function watchPolicyFile(path: string, onChange: () => void): Disposable {
  const listener = (now: Stats, before: Stats) => {
    if (identity(now) !== identity(before)) onChange();
  };
  watchFile(path, { interval: LOOK_EVERY, persistent: false }, listener);
  return { [Symbol.dispose]: () => unwatchFile(path, listener) };
}
