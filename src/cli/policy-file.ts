/** The policy file a command is given: read, loaded, or told what is wrong with it. */
import { formatPolicyErrors, type PolicyError, policyError } from '../policy/error.ts';
import { digestOf, loadPolicy } from '../policy/load.ts';
import type { Config } from '../policy/schema.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

export type PolicyFileResult =
  | { readonly ok: true; readonly config: Config; readonly digest: string }
  | { readonly ok: false; readonly errors: readonly PolicyError[] };

function read(io: CliIo, path: string): Uint8Array | string {
  try {
    return io.readFile(path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Loads a file; a file that cannot be read is an error of its first line. */
export function readPolicyFile(io: CliIo, path: string): PolicyFileResult {
  const text = read(io, path);
  if (typeof text !== 'string') return loadPolicy({ path, text }, io.env);
  const words = { expected: 'a policy file that can be read', found: text };
  return { ok: false, errors: [policyError(path, { line: 1, column: 1 }, [], words)] };
}

/** The digest a file has now, without loading it; undefined when it cannot be read. */
export function policyDigest(io: CliIo, path: string): string | undefined {
  const text = read(io, path);
  return typeof text === 'string' ? undefined : digestOf(text);
}

/** The configuration, or undefined after the errors were told on stderr and the exit code was set. */
export function requirePolicyFile(io: CliIo, path: string): Config | undefined {
  const loaded = readPolicyFile(io, path);
  if (loaded.ok) return loaded.config;
  io.err(lines(formatPolicyErrors(loaded.errors)));
  io.exit(EXIT.usage);
  return undefined;
}
