/** What V8 compiles of the published form is kept in a folder beside it, so that the next start need not compile it again. */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Where the folder cannot be written, or NODE_DISABLE_COMPILE_CACHE is set, what is there already is used and nothing
 * is kept. Node keeps one for each of its versions and each user, and never uses code of another source text.
 */
export function keepCompiled(main: string): void {
  // The sources are run as they are written, and by many versions of them.
  if (main.endsWith('.js')) enableCompileCache(fileURLToPath(new URL('compiled', main)));
}

/** Writes what was compiled so far: a process that is killed cannot do so at its end. */
export const writeCompiled: () => void = flushCompileCache;
