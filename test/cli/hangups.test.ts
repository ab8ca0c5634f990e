/** SIGHUP asks for a reload: one for all that came together. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { hangups } from '../../src/cli/signals.ts';

it('reloads once for the hangups of one turn, and again for those of a later one', async () => {
  using heard = hangups(false);
  const reload = vi.fn();
  heard.onReload(reload);
  for (let n = 0; n < 500; n++) process.emit('SIGHUP');
  expect(reload).not.toHaveBeenCalled();
  await turn();
  expect(reload).toHaveBeenCalledOnce();

  process.emit('SIGHUP');
  await turn();
  expect(reload).toHaveBeenCalledTimes(2);
});

it('reloads no more once nobody listens', async () => {
  const reload = vi.fn();
  {
    using heard = hangups(false);
    heard.onReload(reload);
    process.emit('SIGHUP');
  }
  await turn();
  expect(reload).not.toHaveBeenCalled();
});
