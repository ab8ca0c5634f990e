/** How V8 keeps house in a daemon: it collects sooner instead of letting the heap grow to a multiple of what is in use. */
import { setFlagsFromString } from 'node:v8';

/**
 * A machine with much memory makes V8 generous: a cycle of ten thousand verdicts leaves hundreds of megabytes that nobody
 * uses and nobody else gets. An eighth above what is in use is enough, and pages that are empty go back to the system. What
 * is young has the two megabytes it has at the start: a limit is heeded at the start only, the factor it grows by always,
 * and it would grow to sixty-four. A V8 that does not know one of these leaves it.
 */
const FRUGAL = ['--heap-growing-percent=12', '--memory-saver-mode', '--semi-space-growth-factor=1'] as const;

/** Best called before much is loaded: what was taken before is given back by and by. */
export function keepHeapSmall(): void {
  for (const flag of FRUGAL) setFlagsFromString(flag);
}
