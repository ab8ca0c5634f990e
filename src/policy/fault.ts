/** A fault on its way to becoming a {@link PolicyError}: what is wrong at a path, not yet where that stands. */
import type { Path, Position } from './error.ts';

/** `expected` and `found` are phrases that read after those words. */
export interface Fault {
  readonly path: Path;
  readonly expected: string;
  /** True when `expected` is a sentence of its own, such as a plugin's, and not such a phrase. */
  readonly sentence?: boolean;
  /** Without it what stands at the path is shown. */
  readonly found?: string;
  /** Without it the place of the path is taken. */
  readonly at?: Position;
}
