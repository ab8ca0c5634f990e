/** The clock of a running sandbox, so that a daemon in another process lives in the same time. */
import { z } from 'zod';
import { acceleratedClock, type Clock } from '../lib/clock.ts';
import { once } from '../lib/once.ts';

const readingSchema = once(() =>
  z.object({ origin: z.number(), realOrigin: z.number(), speed: z.number().positive() }),
);

/** fetch hides the reason in `cause`. */
function reason(error: unknown): string {
  const { cause = error } = error instanceof Error ? error : {};
  return cause instanceof Error ? cause.message : String(cause);
}

/** Throws when the sandbox cannot be asked or does not answer as one. `url` is the sandbox's own. */
export async function sandboxClock(url: string): Promise<Clock> {
  const asked = fetch(new URL('/_sandbox/clock', url), { signal: AbortSignal.timeout(5_000) });
  const answer = await asked.catch((error: unknown) => {
    throw new Error(`no sandbox to live by at ${url}: ${reason(error)}`, { cause: error });
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} when asked for its clock: is it a sandbox?`);
  return acceleratedClock(readingSchema().parse(await answer.json()));
}
