/** The policy file on disk: read, and watched for changes. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { formatPolicyErrors } from '../policy/error.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Config } from '../policy/schema.ts';

export type ReadPolicy =
  | { readonly ok: true; readonly config: Config; readonly digest: string }
  /** One line each, as people read them. */
  | { readonly ok: false; readonly errors: readonly string[] };

/** How often a changed file is noticed at the latest, in real milliseconds. */
const LOOK_EVERY = 1_000;

/** Reads a policy file; a file that cannot be read is one more error to tell. Never throws. */
export function readPolicyFile(path: string, env: Readonly<Record<string, string | undefined>>): ReadPolicy {
  try {
    const loaded = loadPolicy({ path, text: readFileSync(path) }, env);
    if (loaded.ok) return loaded;
    return { ok: false, errors: loaded.errors.map((error) => formatPolicyErrors([error])) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, errors: [`${path}: cannot be read: ${why}`] };
  }
}

/**
 * Calls back when the file may have changed. It is looked at (stat) rather than waited for: a Kubernetes ConfigMap is
 * replaced behind a symbolic link, which change notifications do not report.
 */
export function watchPolicyFile(path: string, onChange: () => void): Disposable {
  const listener = (now: { mtimeMs: number; ino: number; size: number }, before: typeof now) => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) onChange();
  };
  watchFile(path, { interval: LOOK_EVERY, persistent: false }, listener);
  return { [Symbol.dispose]: () => unwatchFile(path, listener) };
}
