/**
 * The way a seed takes, as one text to compare: everything that was told and asked, without the ids that AWS makes up
 * and the folder of the journals.
 */
import { createHash } from 'node:crypto';
import { run } from './run.ts';
import { draw } from './scenario/draw.ts';

export async function wayOf(seed: number): Promise<string> {
  const { told, exchanges } = await run(draw(seed));
  const text = JSON.stringify([told, exchanges], (key, value: unknown) =>
    /requestId$/i.test(key) ? undefined : value,
  );
  return createHash('sha256')
    .update(text.replaceAll(/simulation-\w{6}/g, ''))
    .digest('hex');
}
