/** Parts this project did not write: a test that needs one skips loudly where it is missing, or fails when told to. */
import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';

/**
 * Whether the part is there. Prints `SKIPPED: …` when it is not; throws instead when REQUIRE_REAL=1, so that a build
 * cannot pass by leaving its proofs out.
 */
export function requirePart(name: string, found: boolean): boolean {
  if (found) return true;
  if (process.env.REQUIRE_REAL === '1') throw new Error(`REQUIRE_REAL=1 and this part is missing: ${name}`);
  process.stderr.write(`SKIPPED: ${name} is missing on this machine\n`);
  return false;
}

/** `describe` for tests that need a part. */
export function describeWith(name: string, found: boolean): typeof describe | typeof describe.skip {
  return requirePart(name, found) ? describe : describe.skip;
}

/** What a command prints (stdout and stderr); undefined when it cannot be run or fails. */
export function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  } catch {
    // Not there, or not able to say: for a test both mean that the part is missing.
    return undefined;
  }
}
