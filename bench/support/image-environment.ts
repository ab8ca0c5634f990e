/** What the image sets for the C library, out of the Dockerfile: a measurement is of the daemon as it is shipped. */
import { readFileSync } from 'node:fs';

export function imageEnvironment(): Readonly<Record<'MALLOC_ARENA_MAX', string>> {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const arenas = /\bMALLOC_ARENA_MAX=(\d+)/.exec(dockerfile)?.[1];
  if (arenas === undefined) throw new Error('the Dockerfile sets no MALLOC_ARENA_MAX');
  return { MALLOC_ARENA_MAX: arenas };
}
